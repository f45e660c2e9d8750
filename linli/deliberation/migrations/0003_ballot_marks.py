"""Ballots bear a mark by which it shows that they were altered, and why one took another's place."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('deliberation', '0002_public_wordings'),
    ]

    operations = [
        migrations.AddField(
            model_name='openballot',
            name='mark',
            field=models.CharField(blank=True, default='', max_length=64),
        ),
        migrations.AddField(
            model_name='openballot',
            name='replaced_why',
            field=models.CharField(blank=True, default='', max_length=200),
        ),
        migrations.AddField(
            model_name='participation',
            name='mark',
            field=models.CharField(blank=True, default='', max_length=64),
        ),
    ]
