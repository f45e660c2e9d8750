"""Back up, restore, upgrade, and look whether an installation is fit for real use."""
