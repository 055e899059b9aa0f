"""What makes the files in `pretrained/`: recipes, training and evaluation of the checkpoints. Imports Keras.

May import everything below figures; nothing else imports it but benchmarks. See `python -m aecore.pretrain --help`.
"""
