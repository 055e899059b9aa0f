"""Documents, and the script that makes their screenshots."""
