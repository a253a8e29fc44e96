"""Strategies in processes of their own: what they do to themselves, or how slow they are, harms nobody else."""
