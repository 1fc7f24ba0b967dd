/**
 * How fast is the workload in TensorFlow.js on WebAssembly, written by hand as its guide shows? A line of JSON in, a line
 * of JSON out (see ../workload.ts).
 */
import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
import { createInterface } from "node:readline";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";

const binaries = dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm"));
setWasmPaths(`${binaries}${sep}`, false);
tf.env().set("PROD", true);
await tf.setBackend("wasm");

const rates = tf.tensor2d(
  Array.from({ length: 16 }, (_, k) => 2 * Math.PI * 0.25 * 32 ** (k / 15)),
  [1, 16],
);
const activations = { silu: (x) => tf.mul(x, tf.sigmoid(x)), relu: (x) => tf.relu(x) };

function makeNetwork(width, activation) {
  const sizes = [34, width, width, width, 2];
  const layers = sizes.slice(1).map((size, i) => ({
    matrix: tf.variable(tf.randomNormal([sizes[i], size], 0, 1 / Math.sqrt(sizes[i]))),
    bias: tf.variable(tf.zeros([size])),
  }));
  const predict = (x, t) => {
    const angle = tf.mul(t, rates);
    let h = tf.concat([x, tf.sin(angle), tf.cos(angle)], 1);
    for (const { matrix, bias } of layers.slice(0, -1)) h = activations[activation](tf.add(tf.matMul(h, matrix), bias));
    const last = layers[layers.length - 1];
    return tf.add(tf.matMul(h, last.matrix), last.bias);
  };
  return { predict, weight: layers[0].matrix };
}

function makeTrainer({ width, batch, activation, ema, clip }) {
  if (ema !== null || clip !== null) throw new Error("this peer has no moving average and no clipping");
  const { predict, weight } = makeNetwork(width, activation);
  const optimizer = tf.train.adam(1e-3);
  const loss = () => {
    const [x0, noise] = [tf.randomNormal([batch, 2]), tf.randomNormal([batch, 2])];
    const t = tf.randomUniform([batch, 1], 1e-3, 1);
    const logScale = tf.sub(tf.mul(t, -0.05), tf.mul(tf.square(t), 4.975));
    const std = tf.sqrt(tf.neg(tf.expm1(tf.mul(logScale, 2))));
    const xt = tf.add(tf.mul(tf.exp(logScale), x0), tf.mul(std, noise));
    return tf.mean(tf.sum(tf.square(tf.sub(predict(xt, t), noise)), 1));
  };
  const step = () => tf.tidy(() => void optimizer.minimize(loss));
  return { step, settle: () => weight.data() };
}

async function secondsToTrain({ step, settle }, steps) {
  for (let i = 0; i < 2; i++) step();
  await settle();
  const start = performance.now();
  for (let i = 0; i < steps; i++) step();
  await settle();
  return (performance.now() - start) / 1000;
}

async function draw({ predict }, count) {
  let x = tf.randomNormal([count, 2]);
  const dt = 0.999 / 100;
  for (let i = 0; i < 100; i++) {
    const old = x;
    x = tf.tidy(() => {
      const t = 1 - i * dt;
      const beta = 0.1 + 19.9 * t;
      const std = Math.sqrt(-Math.expm1(-0.1 * t - 9.95 * t * t));
      const score = tf.div(predict(old, tf.fill([count, 1], t)), -std);
      const drift = tf.add(tf.mul(old, 0.5 * beta), tf.mul(score, beta));
      const noise = tf.mul(tf.randomNormal([count, 2]), Math.sqrt(beta * dt));
      return tf.add(tf.add(old, tf.mul(drift, dt)), noise);
    });
    old.dispose();
  }
  await x.data();
  x.dispose();
}

async function secondsToSample(network, count) {
  await draw(network, count);
  const start = performance.now();
  await draw(network, count);
  return (performance.now() - start) / 1000;
}

const made = new Map();
function once(key, make) {
  if (!made.has(key)) made.set(key, make());
  return made.get(key);
}

async function answer({ task, steps, count, ...rest }) {
  const key = JSON.stringify(rest);
  if (task === "about") return { about: `TensorFlow.js ${tf.version_core}, ${tf.getBackend()}` };
  if (task === "train")
    return {
      seconds: await secondsToTrain(
        once(key, () => makeTrainer(rest)),
        steps,
      ),
    };
  return {
    seconds: await secondsToSample(
      once(key, () => makeNetwork(rest.width, "silu")),
      count,
    ),
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
