"""Other programs and worker processes: bounded, contained, with private folders."""
