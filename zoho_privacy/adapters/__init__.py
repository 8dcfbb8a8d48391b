"""One implementation per port and technology; chosen by bootstrap alone."""
