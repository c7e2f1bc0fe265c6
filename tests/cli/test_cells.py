"""`lstmkit cells`: the listing, one cell, a file of one's own, and what goes wrong."""

import io
import json

import pytest

from lstmkit.cells import CATALOGUE
from lstmkit.cli import main

JANET = """
s = W_f @ x + U_f @ h[-1] + b_f
g = tanh(W_g @ x + U_g @ h[-1] + b_g)
h = sigmoid(s) * h[-1] + (1 - sigmoid(s - 1)) * g
"""


@pytest.fixture
def janet(tmp_path):
    file = tmp_path / "janet.txt"
    file.write_text(JANET)
    return file


def test_the_catalogue_is_listed_with_year_and_one_line_each(run) -> None:
    answer = run("cells")
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert [line.split()[0] for line in lines] == list(CATALOGUE)
    assert lines[list(CATALOGUE).index("peephole")].split()[1] == "2000"


def test_a_terminal_gets_a_table(monkeypatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setenv("COLUMNS", "100")
    with pytest.raises(SystemExit):
        main(["cells"])
    shown = screen.getvalue()
    assert "what it is" in shown
    assert all(name in shown for name in CATALOGUE)


def test_the_catalogue_as_json(run) -> None:
    rows = json.loads(run("cells", "--json").out)
    assert [row["name"] for row in rows] == list(CATALOGUE)


def test_a_cell_of_the_catalogue_is_shown_whole(run) -> None:
    answer = run("cells", "peephole")
    assert answer.code == 0
    assert answer.err == ""
    for part in (
        "f = σ(W_f xₜ + U_f hₜ₋₁ + p_f ⊙ cₜ₋₁ + b_f)",
        "\n  h  H\n  c  H\n",
        "U_i U_f U_g U_o              H x H  applied to hₜ₋₁, stored as U",
        "Limiting case\n  with p_i = p_f = p_o = 0 this cell equals lstm",
        "4 H I + 4 H² + 7 H",
        "Differs from the plain LSTM",
        "δc      = p_o ⊙ δa_o + δ⁺c + δtanh_c ⊙ (1 − tanh_c²)",
        "δ⁺cₜ₋₁ = f ⊙ δc + p_f ⊙ δa_f + p_i ⊙ δa_i",
        "∂p_o = Σₜ c ⊙ δa_o",
        CATALOGUE["peephole"].link,
    ):
        assert part in answer.out


def test_an_abbreviation_names_a_cell(run) -> None:
    assert run("cells", "CIFG").out.startswith("coupled: ")


def test_a_projected_output_has_its_own_letter(run) -> None:
    assert "4 H I + 5 P H + 7 H" in run("cells", "projected").out


def test_a_file_of_ones_own_is_compared_with_the_plain_lstm(run, janet) -> None:
    answer = run("cells", janet)
    assert answer.code == 0
    assert answer.out.startswith("janet.txt\n\nEquations\n")
    assert "new: s; changed: h; as there: g; not here: i, f, c, o" in answer.out
    assert "δ⁺hₜ₋₁ = sigmoid_s ⊙ δh + U_gᵀ δa_g + U_fᵀ δs" in answer.out
    assert "Reference" not in answer.out
    assert "Limiting case" not in answer.out


def test_json_holds_the_same(run) -> None:
    facts = json.loads(run("cells", "gru", "--json").out)
    assert facts["state"] == ["h"]
    assert facts["parameters"]["d_n"] == ["H"]
    assert facts["parameters"]["W_r"] == ["H", "I"]
    assert facts["stored_as"]["W_r"] == "W"
    assert facts["stored_as"]["b_r"] == "b_r"
    assert "this cell equals elman" in facts["limiting_case"]
    assert facts["latex"].startswith(r"\begin{aligned}")
    assert set(facts["backward"]) == {"forward", "adjoints", "carries", "gradients"}


def test_latex_prints_displays(run) -> None:
    out = run("cells", "elman", "--latex").out
    assert out.count(r"\begin{aligned}") == out.count(r"\end{aligned}") == 5
    assert r"h_{t} &= \tanh(W x_{t} + U h_{t-1} + b)" in out


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_a_drawing_is_written(run, janet, tmp_path, suffix: str) -> None:
    path = tmp_path / f"cell{suffix}"
    answer = run("cells", janet, "--draw", path)
    assert answer.code == 0
    assert answer.err == f"Drawing: {path}\n"
    assert path.stat().st_size > 2000


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("pephole",), 1, "Did you mean 'peephole'"),
        (("no_such_file.txt",), 1, "no_such_file.txt cannot be read"),
        (("--latex",), 2, "expected the name of a cell with --latex"),
        (("--draw", "a.png"), 2, "expected the name of a cell with --draw"),
        (("lstm", "--latex", "--json"), 2, "expected --latex or --json, got both"),
        (("lstm", "--draw", "cell.doc"), 2, "expected --draw to end with one of"),
        (("lstm", "--draw", "no/such/folder/cell.png"), 2, "cannot be written"),
    ],
)
def test_wrong_use_is_answered_in_a_sentence(run, arguments, code: int, message: str) -> None:
    answer = run("cells", *arguments)
    assert answer.code == code
    assert message in answer.err
    assert answer.out == ""


def test_an_error_in_a_text_is_shown_with_its_line(run, tmp_path) -> None:
    file = tmp_path / "wrong.txt"
    file.write_text("h = tahn(W @ x + U @ h[-1])")
    answer = run("cells", file)
    assert answer.code == 1
    assert "tahn is not a function of the notation." in answer.err
    assert "'tanh'" in answer.err
    assert "^" in answer.err


def test_a_file_that_is_no_text_is_refused(run, tmp_path) -> None:
    file = tmp_path / "wrong.bin"
    file.write_bytes(b"\xff\xfe\x00\x01")
    answer = run("cells", file)
    assert answer.code == 1
    assert "is not a text" in answer.err
