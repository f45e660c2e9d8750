"""Registers of people come in from the spreadsheets that offices have."""
