"""Three cells that stand in no catalogue, as a user would write them."""

TEXTS = {
    # van der Westhuizen and Lasenby 2018: a forget gate is enough
    "JANET (text)": """
f = sigmoid(W_f @ x + U_f @ h[-1] + b_f)
g = tanh(W_g @ x + U_g @ h[-1] + b_g)
h = f * h[-1] + (1 - f) * g
""",
    # an output gate that chooses between the new output and the one before
    "highway output (text)": """
i = sigmoid(W_i @ x + U_i @ h[-1] + b_i)
f = sigmoid(W_f @ x + U_f @ h[-1] + b_f)
g = tanh(W_g @ x + U_g @ h[-1] + b_g)
o = sigmoid(W_o @ x + U_o @ h[-1] + b_o)
c = f * c[-1] + i * g
h = o * tanh(c) + (1 - o) * h[-1]
""",
    # Zhou et al. 2016, the minimal gated unit: the gate stands inside the second product
    "MGU (text)": """
f = sigmoid(W_f @ x + U_f @ h[-1] + b_f)
r = f * h[-1]
g = tanh(W_g @ x + U_g @ r + b_g)
h = (1 - f) * h[-1] + f * g
""",
}
# cells with more than one product, or a mean over the units, in a step
SEVERAL = {
    "full_gate_recurrence",
    "projected",
    "layer_norm",
    "multiplicative",
    "MGU (text)",
}
