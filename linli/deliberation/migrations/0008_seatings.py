"""The parties, and who counts for the quorum, are frozen when a meeting opens."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('deliberation', '0007_claims'),
    ]

    operations = [
        migrations.CreateModel(
            name='Seating',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('parties', models.JSONField()),
                ('digest', models.CharField(max_length=64)),
                ('frozen_at', models.DateTimeField()),
                ('forum', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seatings', to='deliberation.forum')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('forum', 'number'), name='seating_number_once'), models.UniqueConstraint(fields=('forum', 'digest'), name='seating_once')],
            },
        ),
        migrations.AddField(
            model_name='forum',
            name='quorum_counts_residents',
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name='meeting',
            name='expected_reason',
            field=models.CharField(blank=True, default='', max_length=200),
        ),
        migrations.AddField(
            model_name='meeting',
            name='quorum_counts_residents',
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name='meeting',
            name='seating',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='deliberation.seating'),
        ),
    ]
