"""The paper of the eight ablations: what their files have in common."""

REFERENCE = (
    "K. Greff, R. K. Srivastava, J. Koutník, B. R. Steunebrink, J. Schmidhuber: "
    "LSTM: A Search Space Odyssey. arXiv 2015; "
    "IEEE Transactions on Neural Networks and Learning Systems 28 (10), 2017"
)
LINK = "https://arxiv.org/abs/1503.04069"
LETTERS = "letters only: the paper writes z for g, y for h and R for U"
