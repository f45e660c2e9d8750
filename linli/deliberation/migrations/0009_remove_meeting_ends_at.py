"""Nobody ever said when a meeting is to end; when it ended stands in `ended_at`."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('deliberation', '0008_seatings'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='meeting',
            name='ends_at',
        ),
    ]
