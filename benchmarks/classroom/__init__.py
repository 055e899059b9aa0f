"""A class that trains at once: who is in it, what each of them does, and what came of it."""
