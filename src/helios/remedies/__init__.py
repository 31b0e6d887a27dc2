"""What mends a machine: a fault's name leads to the command for this system."""
