"""Golden answers of every cell in the catalogue, from NumPy alone and from the papers alone.

Written without looking at the library's texts or code, and importing neither it nor torch: one
function a cell, one sequence at a time, one step at a time, in float64. Run it to write
`golden.json` anew:

    python tests/cells/golden/program.py
"""

import json
from pathlib import Path

import numpy as np

BATCH, TIME, INPUT, HIDDEN, PROJECTION = 2, 5, 3, 4, 3
SEED = 20001997
FILE = Path(__file__).with_name("golden.json")


def sigmoid(z):
    """Logistic function."""
    return 1 / (1 + np.exp(-z))


def net(p, gate, x, h):
    """Net input of a gate: its weights on the input and on the last output, and its bias."""
    return p["W_" + gate] @ x + p["U_" + gate] @ h + p["b_" + gate]


def lstm(x, p, h, c):
    """Gers, Schmidhuber, Cummins 2000, with tanh for squashing."""
    y = []
    for x_t in x:
        y_in, y_forget = sigmoid(net(p, "i", x_t, h)), sigmoid(net(p, "f", x_t, h))
        y_out = sigmoid(net(p, "o", x_t, h))
        c = y_forget * c + y_in * np.tanh(net(p, "g", x_t, h))
        h = y_out * np.tanh(c)
        y.append(h)
    return y, {"h": h, "c": c}


def lstm1997(x, p, h, c):
    """Hochreiter and Schmidhuber 1997: g in [-2, 2], h in [-1, 1]."""
    y = []
    for x_t in x:
        y_in, y_out = sigmoid(net(p, "i", x_t, h)), sigmoid(net(p, "o", x_t, h))
        squashed = 4 / (1 + np.exp(-net(p, "g", x_t, h))) - 2
        c = c + y_in * squashed
        h = y_out * (2 / (1 + np.exp(-c)) - 1)
        y.append(h)
    return y, {"h": h, "c": c}


def odyssey(x, p, h, c, without=""):
    """Greff et al. 2015: the vanilla LSTM, or one of its ablations."""
    y = []
    gates = {gate: np.zeros(HIDDEN) for gate in "ifo"} if without != "FGR" else p["gates"]
    for x_t in x:
        before = dict(gates)

        def gate(name, cell, x_t=x_t, h=h, before=before):
            total = net(p, name, x_t, h)
            if without != "NP":
                total = total + p["p_" + name] * cell
            if without == "FGR":
                for source in "ifo":
                    total = total + p["R_" + source + name] @ before[source]
            return sigmoid(total)

        z = net(p, "g", x_t, h)
        z = z if without == "NIAF" else np.tanh(z)
        i = 1.0 if without == "NIG" else gate("i", c)
        if without == "NFG":
            f = 1.0
        elif without == "CIFG":
            f = 1 - i
        else:
            f = gate("f", c)
        c = z * i + c * f
        o = 1.0 if without == "NOG" else gate("o", c)
        h = (c if without == "NOAF" else np.tanh(c)) * o
        gates = {"i": i, "f": f, "o": o}
        y.append(h)
    return y, {"h": h, "c": c} | (gates if without == "FGR" else {})


def full_gate_recurrence(x, p, h, c, i, f, o):
    """Greff et al. 2015, FGR: gates of the step before are part of the state."""
    return odyssey(x, p | {"gates": {"i": i, "f": f, "o": o}}, h, c, "FGR")


def ablation(name):
    """One of the ablations that keep the plain state."""
    return lambda x, p, h, c: odyssey(x, p, h, c, name)


def projected(x, p, h, c):
    """Sak, Senior, Beaufays 2014: r_t = W_rm m_t feeds the gates and is the output."""
    y, r = [], h
    for x_t in x:
        i = sigmoid(net(p, "i", x_t, r) + p["p_i"] * c)
        f = sigmoid(net(p, "f", x_t, r) + p["p_f"] * c)
        c = f * c + i * np.tanh(net(p, "g", x_t, r))
        o = sigmoid(net(p, "o", x_t, r) + p["p_o"] * c)
        m = o * np.tanh(c)
        r = p["P"] @ m
        y.append(r)
    return y, {"h": r, "c": c}


def normalised(a):
    """Ba, Kiros, Hinton 2016, equation 4, with 1e-5 added to the variance."""
    mean = sum(a) / len(a)
    variance = sum((a - mean) ** 2) / len(a)
    return (a - mean) / np.sqrt(variance + 1e-5)


def layer_norm(x, p, h, c):
    """Ba, Kiros, Hinton 2016, the LSTM of the supplement, statistics gate by gate."""
    y = []
    for x_t in x:
        nets = {
            gate: p["u_" + gate] * normalised(p["U_" + gate] @ h)
            + p["w_" + gate] * normalised(p["W_" + gate] @ x_t)
            + p["b_" + gate]
            for gate in "fiog"
        }
        c = sigmoid(nets["f"]) * c + sigmoid(nets["i"]) * np.tanh(nets["g"])
        h = sigmoid(nets["o"]) * np.tanh(p["w_c"] * normalised(c) + p["b_c"])
        y.append(h)
    return y, {"h": h, "c": c}


def multiplicative(x, p, h, c):
    """Krause et al. 2016: m takes the place of the last output."""
    y = []
    for x_t in x:
        m = (p["W_m"] @ x_t) * (p["U_m"] @ h)
        nets = {g: p["W_" + g] @ x_t + p["V_" + g] @ m + p["b_" + g] for g in "gifo"}
        c = sigmoid(nets["f"]) * c + sigmoid(nets["i"]) * np.tanh(nets["g"])
        h = np.tanh(c) * sigmoid(nets["o"])
        y.append(h)
    return y, {"h": h, "c": c}


def slstm(x, p, h, c, n, m):
    """Beck et al. 2024 without stabilising; the stabilised states are found at the end."""
    y = []
    c, n = c * np.exp(m), n * np.exp(m)
    for x_t in x:
        i, f = np.exp(net(p, "i", x_t, h)), sigmoid(net(p, "f", x_t, h))
        c = f * c + i * np.tanh(net(p, "z", x_t, h))
        n = f * n + i
        m = np.maximum(np.log(f) + m, np.log(i))
        h = sigmoid(net(p, "o", x_t, h)) * (c / n)
        y.append(h)
    return y, {"h": h, "c": c / np.exp(m), "n": n / np.exp(m), "m": m}


def gru(x, p, h):
    """Cho et al. 2014, the reset gate after the map and with a second bias, as cuDNN has it."""
    y = []
    for x_t in x:
        r, z = sigmoid(net(p, "r", x_t, h)), sigmoid(net(p, "z", x_t, h))
        candidate = np.tanh(p["W_n"] @ x_t + p["b_n"] + r * (p["U_n"] @ h + p["d_n"]))
        h = z * h + (1 - z) * candidate
        y.append(h)
    return y, {"h": h}


def elman(x, p, h):
    """Elman 1990: context units hold the last hidden layer."""
    y = []
    for x_t in x:
        h = np.tanh(p["W"] @ x_t + p["U"] @ h + p["b"])
        y.append(h)
    return y, {"h": h}


def weights(gates, peepholes="", more=""):
    """Names of the parameters of some gates."""
    plain = [letter + "_" + gate for gate in gates for letter in "WUb"]
    return [*plain, *("p_" + gate for gate in peepholes), *more.split()]


EVERY_R = " ".join("R_" + source + target for source in "ifo" for target in "ifo")
# name: (function, parameters, states)
CELLS = {
    "lstm": (lstm, weights("ifgo"), "hc"),
    "lstm1997": (lstm1997, weights("igo"), "hc"),
    "peephole": (odyssey, weights("ifgo", "ifo"), "hc"),
    "no_input_gate": (ablation("NIG"), weights("fgo", "fo"), "hc"),
    "no_forget_gate": (ablation("NFG"), weights("igo", "io"), "hc"),
    "no_output_gate": (ablation("NOG"), weights("ifg", "if"), "hc"),
    "no_input_activation": (ablation("NIAF"), weights("ifgo", "ifo"), "hc"),
    "no_output_activation": (ablation("NOAF"), weights("ifgo", "ifo"), "hc"),
    "no_peepholes": (ablation("NP"), weights("ifgo"), "hc"),
    "coupled": (ablation("CIFG"), weights("igo", "io"), "hc"),
    "full_gate_recurrence": (full_gate_recurrence, weights("ifgo", "ifo", EVERY_R), "hcifo"),
    "projected": (projected, weights("ifgo", "ifo", "P"), "hc"),
    "layer_norm": (
        layer_norm,
        weights("ifgo", more="w_i w_f w_g w_o u_i u_f u_g u_o w_c b_c"),
        "hc",
    ),
    "multiplicative": (
        multiplicative,
        weights("", more="W_m U_m W_i W_f W_g W_o V_i V_f V_g V_o b_i b_f b_g b_o"),
        "hc",
    ),
    "slstm": (slstm, weights("ifzo"), "hcnm"),
    "gru": (gru, weights("rzn", more="d_n"), "h"),
    "elman": (elman, ["W", "U", "b"], "h"),
}


def shape_of(name, output):
    """Shape of a parameter, by the first letter of its name."""
    return {
        "W": (HIDDEN, INPUT),
        "U": (HIDDEN, output),
        "V": (HIDDEN, HIDDEN),
        "R": (HIDDEN, HIDDEN),
        "P": (output, HIDDEN),
    }.get(name[0], (HIDDEN,))


def draw(random, shape):
    """Normal numbers with three decimals, which a text file holds exactly."""
    return np.round(random.normal(size=shape), 3)


def starts(random, states, output):
    """Initial states: all zero, and drawn (a normaliser is positive)."""
    shapes = {state: (BATCH, output if state == "h" else HIDDEN) for state in states}
    drawn = {state: draw(random, shape) for state, shape in shapes.items()}
    if "n" in drawn:
        drawn["n"] = np.abs(drawn["n"]) + 1
    return [{state: np.zeros(shape) for state, shape in shapes.items()}, drawn]


def answers(function, x, parameters, start):
    """Runs every sequence of the batch and collects outputs and final states."""
    rows = [
        function(x[row], parameters, **{state: value[row] for state, value in start.items()})
        for row in range(BATCH)
    ]
    final = {state: [ending[state].tolist() for _, ending in rows] for state in start}
    return {
        "start": {state: value.tolist() for state, value in start.items()},
        "y": [[step.tolist() for step in y] for y, _ in rows],
        "final": final,
    }


def golden():
    """All cells: input, parameters, and answers from both initial states."""
    random = np.random.Generator(np.random.PCG64(SEED))
    found = {}
    for name, (function, names, states) in CELLS.items():
        output = PROJECTION if name == "projected" else HIDDEN
        x = draw(random, (BATCH, TIME, INPUT))
        parameters = {key: draw(random, shape_of(key, output)) for key in names}
        found[name] = {
            "x": x.tolist(),
            "parameters": {key: value.tolist() for key, value in parameters.items()},
            "runs": [
                answers(function, x, parameters, start) for start in starts(random, states, output)
            ],
        }
    return found


if __name__ == "__main__":
    FILE.write_text(json.dumps(golden(), indent=None, separators=(",", ":")) + "\n")
