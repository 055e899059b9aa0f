"""Made photographs of handwritten digits. Knows nothing of how they are read; everything follows from the seed."""
