"""What a user would pick instead, measured beside the product: `python -m bench.peers`.

Each peer has packages of its own (its folder's requirements.txt), and each turn of each is a process of its own.
"""
