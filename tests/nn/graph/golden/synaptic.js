// Writes synaptic.json: what synaptic 1.1.4 computes on its own LSTM and on one without forget gates.
// In an empty folder: npm install synaptic@1.1.4 && node .../synaptic.js > .../synaptic.json

const { Architect, Layer, Network } = require(require.resolve('synaptic', { paths: [process.cwd()] }));

let drawn = 1;
// the generator of Park and Miller, so that every run writes the same file
Math.random = () => (drawn = (drawn * 48271) % 2147483647) / 2147483647;

function withoutForgetGates(inputs, blocks, outputs) {
  const [input, inputGate, cell, outputGate, output] =
    [inputs, blocks, blocks, blocks, outputs].map((size) => new Layer(size));
  const into = input.project(cell);
  input.project(inputGate);
  input.project(outputGate);
  const out = cell.project(output);
  cell.project(cell, Layer.connectionType.ONE_TO_ONE);
  cell.project(inputGate);
  cell.project(outputGate);
  inputGate.gate(into, Layer.gateType.INPUT);
  outputGate.gate(out, Layer.gateType.OUTPUT);
  input.project(output);
  return new Network({ input, hidden: [inputGate, cell, outputGate], output });
}

function record(network, { kinds, sequences, length, rate }) {
  // neuron by neuron: the function that synaptic otherwise writes keeps states and traces to itself
  network.setOptimize(false);
  const layers = [network.layers.input, ...network.layers.hidden, network.layers.output];
  const names = new Map();
  const neurons = [];
  layers.forEach((layer, l) => layer.list.forEach((neuron, n) => {
    names.set(neuron.ID, kinds[l] + (n + 1));
    neurons.push(neuron);
  }));
  const nameOf = (neuron) => (neuron ? names.get(neuron.ID) : null);
  const each = (read) => Object.fromEntries(neurons.map((neuron) => [nameOf(neuron), read(neuron)]));
  const inputsOf = (neuron) => Object.values(neuron.connections.inputs);
  const weights = () => neurons.flatMap(inputsOf)
    .map((c) => ({ source: nameOf(c.from), target: nameOf(c.to), gate: nameOf(c.gater), weight: c.weight }));
  const kept = neurons.filter((neuron) => neuron.selfconnected());
  // synaptic adds biases to the state: none for units that keep theirs
  const clearBiases = () => kept.forEach((neuron) => { neuron.bias = 0; });
  clearBiases();

  const result = {
    rate,
    units: neurons.map(nameOf),
    kept: kept.map((neuron) => ({ unit: nameOf(neuron), gate: nameOf(neuron.selfconnection.gater) })),
    weights: weights(),
    biases: each((neuron) => neuron.bias),
    sequences: [],
  };
  for (let s = 0; s < sequences; s += 1) {
    network.clear();
    neurons.forEach((neuron) => { neuron.state = neuron.old = neuron.activation = 0; });
    const steps = [];
    for (let t = 0; t < length; t += 1) {
      const inputs = network.layers.input.list.map(() => 2 * Math.random() - 1);
      network.activate(inputs);
      steps.push({ inputs, activations: each((n) => n.activation), states: each((n) => n.state) });
    }
    const traces = neurons.flatMap((neuron) => inputsOf(neuron).map((c) => ({
      source: nameOf(c.from),
      target: nameOf(c.to),
      trace: neuron.trace.elegibility[c.ID], // codespell:ignore elegibility
      extended: Object.fromEntries(Object.entries(neuron.trace.extended)
        .map(([id, of]) => [nameOf(neuron.neighboors[id]), of[c.ID]])), // codespell:ignore neighboors
    })));
    const targets = network.layers.output.list.map(() => Math.random());
    network.propagate(rate, targets);
    clearBiases();
    result.sequences.push({
      steps, traces, targets, weights: weights(), biases: each((neuron) => neuron.bias),
    });
  }
  return result;
}

const golden = {
  lstm: record(new Architect.LSTM(3, 2, 2), {
    kinds: ['x', 'i', 'f', 'c', 'o', 'y'], sequences: 4, length: 5, rate: 0.5,
  }),
  // at so small a rate it makes no difference that synaptic changes weights during propagation
  without_forget_gates: record(withoutForgetGates(3, 2, 2), {
    kinds: ['x', 'i', 'c', 'o', 'y'], sequences: 2, length: 6, rate: 1e-7,
  }),
};
console.log(JSON.stringify(golden));
