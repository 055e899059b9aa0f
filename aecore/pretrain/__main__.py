"""`python -m aecore.pretrain NAME …`."""

from aecore.pretrain import main

main()
