"""How fast is the workload in eager PyTorch? A line of JSON in, a line of JSON out (see ../workload.ts).

    echo '{"task": "train", "width": 128, "batch": 256, "steps": 1000, "activation": "silu", "ema": null, "clip": null}' \
      | python pytorch.py 2          # threads
"""
import json
import math
import sys
import time

import torch

torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
ACTIVATIONS = {"silu": torch.nn.functional.silu, "relu": torch.nn.functional.relu}


class ScoreNetwork(torch.nn.Module):
    def __init__(self, width, activation):
        super().__init__()
        self.register_buffer("rates", 2 * math.pi * 0.25 * 32 ** torch.linspace(0, 1, 16))
        sizes = [34, width, width, width, 2]
        self.layers = torch.nn.ModuleList(torch.nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))
        self.activation = ACTIVATIONS[activation]

    def forward(self, x, t):
        angle = t * self.rates
        h = torch.cat([x, torch.sin(angle), torch.cos(angle)], -1)
        for layer in self.layers[:-1]:
            h = self.activation(layer(h))
        return self.layers[-1](h)


def trainer(width, batch, activation, ema, clip):
    network = ScoreNetwork(width, activation)
    weights = list(network.parameters())
    averages = [w.detach().clone() for w in weights]
    optimizer = torch.optim.Adam(weights, lr=1e-3, fused=True)

    def step():
        x0, noise = torch.randn(batch, 2), torch.randn(batch, 2)
        t = 1e-3 + 0.999 * torch.rand(batch, 1)
        log_scale = -0.05 * t - 4.975 * t**2
        xt = torch.exp(log_scale) * x0 + torch.sqrt(-torch.expm1(2 * log_scale)) * noise
        loss = (network(xt, t) - noise).square().sum(-1).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if clip is not None:
            torch.nn.utils.clip_grad_norm_(weights, clip)
        optimizer.step()
        if ema is not None:
            with torch.no_grad():
                torch._foreach_lerp_(averages, weights, 1 - ema)

    return step


def seconds_to_train(step, steps):
    for _ in range(20):
        step()
    start = time.perf_counter()
    for _ in range(steps):
        step()
    return time.perf_counter() - start


@torch.no_grad()
def draw(network, count):
    x = torch.randn(count, 2)
    dt = 0.999 / 100
    for i in range(100):
        t = 1 - i * dt
        beta = 0.1 + 19.9 * t
        std = math.sqrt(-math.expm1(-0.1 * t - 9.95 * t * t))
        score = -network(x, torch.full((count, 1), t)) / std
        x = x + (0.5 * beta * x + beta * score) * dt + math.sqrt(beta * dt) * torch.randn_like(x)
    return x


def seconds_to_sample(network, count):
    draw(network, count)
    start = time.perf_counter()
    draw(network, count)
    return time.perf_counter() - start


made = {}
for line in sys.stdin:
    request = json.loads(line)
    task = request.pop("task")
    if task == "about":
        answer = {"about": f"PyTorch {torch.__version__} eager"}
    elif task == "train":
        steps = request.pop("steps")
        key = json.dumps(request)
        made[key] = made.get(key) or trainer(**request)
        answer = {"seconds": seconds_to_train(made[key], steps)}
    else:
        key = request["width"]
        made[key] = made.get(key) or ScoreNetwork(request["width"], "silu")
        answer = {"seconds": seconds_to_sample(made[key], request["count"])}
    print(json.dumps(answer), flush=True)
