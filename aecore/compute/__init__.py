"""Computing on a Dask cluster, embedded or existing: the connection, sequences of tasks, questions, and lost workers.

Imports specs, child_process and what is below it, and knows nothing of autoencoders.
"""
