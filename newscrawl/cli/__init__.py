"""What commands share: options, tables, progress, printing."""
