"""What can be run: one package a task, one registry of them."""
