"""What a quote costs, beside code written by hand for the same lane: run with ``make bench``."""
