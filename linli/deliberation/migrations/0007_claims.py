"""Whoever says at the door to be of a party counts for it once the office confirmed it."""

import django.db.models.deletion
import django.db.models.functions.comparison
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('deliberation', '0006_texts_stay_published'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='attendance',
            name='attendance_once_by_name',
        ),
        migrations.AddField(
            model_name='attendance',
            name='says_party',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='deliberation.party'),
        ),
        migrations.AddConstraint(
            model_name='attendance',
            constraint=models.UniqueConstraint(models.F('meeting'), models.F('name_digest'), django.db.models.functions.comparison.Coalesce('party', 'says_party', models.Value(0)), condition=models.Q(('account__isnull', True)), name='attendance_once_by_name'),
        ),
        migrations.AddConstraint(
            model_name='attendance',
            constraint=models.CheckConstraint(condition=models.Q(('party__isnull', True), ('says_party__isnull', True), _connector='OR'), name='attendance_confirmed_or_said'),
        ),
    ]
