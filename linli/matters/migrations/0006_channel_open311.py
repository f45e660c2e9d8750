"""Let programs of others bring in reports."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("matters", "0005_likeness"),
    ]

    operations = [
        migrations.AlterField(
            model_name="matter",
            name="channel",
            field=models.CharField(
                choices=[
                    ("WEB", "WEB"),
                    ("QR", "QR"),
                    ("FIELD", "FIELD"),
                    ("PHONE", "PHONE"),
                    ("COUNTER", "COUNTER"),
                    ("HOTLINE_12345", "HOTLINE_12345"),
                    ("OPEN311", "OPEN311"),
                ],
                max_length=16,
            ),
        ),
    ]
