"""Running unattended: exit codes, health, metrics, process identity and schedules."""
