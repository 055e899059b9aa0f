"""What pages ask a worker: functions of plain arguments that compute an answer in about a second.

May import compute, training, checkpoints and what is below them; Keras inside functions only.
"""
