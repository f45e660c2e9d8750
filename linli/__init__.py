"""Linli 邻里: a community governed by its own people."""
