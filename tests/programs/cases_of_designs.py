"""Cases of the programs in design/."""
import numpy as np
import torch

from cases_of_networks import filled
from recording import below, case, gradients, real

F = torch.nn.functional
nn = torch.nn


class LeNet(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = torch.nn.Conv2d(1, 6, 5), torch.nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = torch.nn.Linear(256, 120), torch.nn.Linear(120, 84), torch.nn.Linear(84, 10)

    def forward(self, x):
        h = F.max_pool2d(F.relu(self.conv1(x)), 2)
        h = F.max_pool2d(F.relu(self.conv2(h)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(h)))))


class Small(torch.nn.Module):
    def __init__(self, sizes):
        super().__init__()
        for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
            setattr(self, f"fc{i + 1}", torch.nn.Linear(a, b))


def lenet():
    net = LeNet()
    weights = filled(net, 600, scale=0.125)
    x, y = real((3, 1, 28, 28), 25), below(3, 26, 10)
    out = net(x.torch())
    loss = F.cross_entropy(out, y.torch())
    found = torch.autograd.grad(loss, list(net.parameters()))
    results = {f"m.{path}": p - 0.5 * g for (path, p), g in zip(net.named_parameters(), found)}
    case("design/lenet", "train_step", dict(**weights, x=x, y=y, lr=np.float32(0.5)),
         dict(loss=loss, correct=(out.argmax(1) == y.torch()).sum().item(), **results), tolerance=2e-5, trains=("loss", 20, 0.5))


def maml():
    meta = Small((1, 40, 1))
    weights = filled(meta, 700, scale=0.125)
    xs, ys, xq, yq = real((3, 5, 1), 27), real((3, 5, 1), 28), real((3, 7, 1), 29), real((3, 7, 1), 30)

    def run(parameters, x):
        w1, b1, w2, b2 = parameters
        return F.relu(x @ w1.T + b1) @ w2.T + b2

    start = list(meta.parameters())
    losses = []
    for t in range(3):
        fast = start
        for _ in range(5):
            inner = F.mse_loss(run(fast, xs.torch()[t]), ys.torch()[t])
            fast = [p - 0.1 * g for p, g in zip(fast, torch.autograd.grad(inner, fast, create_graph=True))]
        losses.append(F.mse_loss(run(fast, xq.torch()[t]), yq.torch()[t]))
    loss = torch.stack(losses).mean()
    optimizer = torch.optim.Adam(start, 0.01)
    for p, g in zip(start, torch.autograd.grad(loss, start)):
        p.grad = g
    optimizer.step()
    case("design/maml", "meta_step", dict(**weights, xs=xs, ys=ys, xq=xq, yq=yq, alpha=np.float32(0.1), lr=np.float32(0.01)),
         dict(loss=loss, **{f"m.{path}": p for path, p in meta.named_parameters()}), tolerance=1e-4, trains=("loss", 60, 0.7))


def pinn():
    field = Small((2, 64, 64, 1))
    weights = filled(field, 800, scale=0.125)

    def u(x, t):
        h = torch.tanh(field.fc1(torch.stack([x, t], -1)))
        return field.fc3(torch.tanh(field.fc2(h)))[..., 0]

    x, t, x0, u0 = real(6, 31), real(6, 32), real(4, 33), real(4, 34)
    tx, tt = x.torch(True), t.torch(True)
    v = u(tx, tt)
    ux, ut = torch.autograd.grad(v.sum(), (tx, tt), create_graph=True)
    uxx, = torch.autograd.grad(ux.sum(), tx, create_graph=True)
    pde = ((ut + v * ux - 0.01 / np.pi * uxx)**2).mean()
    loss = pde + ((u(x0.torch(), torch.zeros(4)) - u0.torch())**2).mean()
    parameters = list(field.parameters())
    optimizer = torch.optim.Adam(parameters, 0.01)
    for p, g in zip(parameters, torch.autograd.grad(loss, parameters)):
        p.grad = g
    optimizer.step()
    # Adam's first step is the sign of the gradient: an element whose gradient is about 0 may go either way.
    case("design/pinn", "train_step", dict(**weights, x=x, t=t, x0=x0, u0=u0, lr=np.float32(0.01)), dict(loss=loss, **{f"m.{path}": p for path, p in field.named_parameters()}), tolerance=1e-4, trains=("loss", 150, 0.8))


def scaled(module, salt, name="m"):
    """Fills the weights of a module from a hash, in proportion to their fan-in; vectors stay as PyTorch begins them where both
    begin norms alike, else they are filled too."""
    arguments = {}
    for i, (path, parameter) in enumerate(module.named_parameters()):
        if parameter.dim() < 2 and any(word in path for word in ("bn", "norm", "ln")):
            continue
        fan_in = int(np.prod(parameter.shape[1:])) if parameter.dim() > 1 else 4
        values = real(tuple(parameter.shape), salt + i, round(float(1.7 / np.sqrt(fan_in)), 4))
        parameter.data = values.torch()
        arguments[f"{name}.{path}"] = values
    return arguments


def after(module, step, *paths, name="m"):
    """The parameters and buffers with these paths after `step()`."""
    step()
    values = dict(module.named_parameters()) | dict(module.named_buffers())
    return {f"{name}.{path}": values[path] for path in paths}


def descend(module, loss, optimizer):
    def step():
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return step


def mlp():
    net = Small((64, 32, 10))
    weights = scaled(net, 10)
    images, labels = below((5, 8, 8), 1, 256), below(5, 2, 10)
    x = images.torch().reshape(5, 64).float() / 255
    p = torch.softmax(net.fc2(F.relu(net.fc1(x))), -1)
    score, label = p.max(-1)
    case("design/mlp_train", "predict", dict(**weights, images=images), dict(label=label, score=score))
    case("design/mlp_train", "train_step", dict(**weights, images=images, labels=labels, rng=7, lr=np.float32(0.01)), trains=("loss", 30, 0.5))


class Bottleneck(nn.Module):
    def __init__(self, inputs, mid, stride, project):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, mid, 1, bias=False), nn.BatchNorm2d(mid)
        self.conv2, self.bn2 = nn.Conv2d(mid, mid, 3, stride, 1, bias=False), nn.BatchNorm2d(mid)
        self.conv3, self.bn3 = nn.Conv2d(mid, 4 * mid, 1, bias=False), nn.BatchNorm2d(4 * mid)
        if project:
            self.down, self.bn_down = nn.Conv2d(inputs, 4 * mid, 1, stride, bias=False), nn.BatchNorm2d(4 * mid)
        self.project = project

    def forward(self, x):
        h = F.relu(self.bn1(self.conv1(x)))
        h = F.relu(self.bn2(self.conv2(h)))
        return F.relu(self.bn3(self.conv3(h)) + (self.bn_down(self.down(x)) if self.project else x))


class Stage(nn.Module):
    def __init__(self, inputs, mid, blocks, stride):
        super().__init__()
        self.first = Bottleneck(inputs, mid, stride, True)
        self.rest = nn.ModuleList(Bottleneck(4 * mid, mid, 1, False) for _ in range(blocks - 1))

    def forward(self, x):
        x = self.first(x)
        for block in self.rest:
            x = block(x)
        return x


class ResNet(nn.Module):
    def __init__(self, classes, width, blocks):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width)
        self.layer1, self.layer2 = Stage(width, width, blocks[0], 1), Stage(4 * width, 2 * width, blocks[1], 2)
        self.layer3, self.layer4 = Stage(8 * width, 4 * width, blocks[2], 2), Stage(16 * width, 8 * width, blocks[3], 2)
        self.fc = nn.Linear(32 * width, classes)

    def forward(self, x):
        h = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        return self.fc(self.layer4(self.layer3(self.layer2(self.layer1(h)))).mean((2, 3)))


def resnet():
    net = ResNet(10, 2, (2, 1, 2, 1))
    weights = scaled(net, 1000)
    x, y = real((4, 3, 64, 64), 3), below(4, 4, 10)
    case("design/resnet50", "predict", dict(**weights, x=x), dict(logits=net.eval()(x.torch())), tolerance=1e-4)
    net.train()
    loss = F.cross_entropy(net(x.torch()), y.torch(), label_smoothing=0.1)
    step = descend(net, loss, torch.optim.SGD(net.parameters(), 0.05, 0.9, weight_decay=1e-4))
    results = after(net, step, "fc.weight", "fc.bias", "layer4.first.bn3.bias", "layer4.first.bn3.running_mean", "layer1.first.bn_down.running_var")
    # Thirty norms over small batches make gradients of the first layers sensitive to rounding.
    case("design/resnet50", "train_step", dict(**weights, x=x, y=y, lr=np.float32(0.05)), dict(loss=loss, **results), tolerance=2e-3, trains=("loss", 20, 0.7))
    case("design/resnet50", "train_step_bf16", dict(**weights, x=x, y=y, lr=np.float32(0.05)), dict(loss=loss), tolerance=0.02, only_recorded=True, trains=("loss", 20, 0.7))


class Depthwise(nn.Module):
    def __init__(self, channels, stride):
        super().__init__()
        self.weight, self.stride = nn.Parameter(torch.zeros(channels, 3, 3)), stride

    def forward(self, x):
        return F.conv2d(x, self.weight[:, None], stride=self.stride, padding=1, groups=len(self.weight))


class Inverted(nn.Module):
    def __init__(self, inputs, outputs, stride, expand):
        super().__init__()
        wide = inputs * expand
        self.expand, self.bn1 = nn.Conv2d(inputs, wide, 1), nn.BatchNorm2d(wide)
        self.depthwise, self.bn2 = Depthwise(wide, stride), nn.BatchNorm2d(wide)
        self.project, self.bn3 = nn.Conv2d(wide, outputs, 1), nn.BatchNorm2d(outputs)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        h = F.relu6(self.bn1(self.expand(x)))
        h = self.bn3(self.project(F.relu6(self.bn2(self.depthwise(h)))))
        return x + h if self.residual else h


class Mobile(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 32, 3, 2, 1)
        self.b1, self.b2, self.b3 = Inverted(32, 16, 1, 1), Inverted(16, 24, 2, 6), Inverted(24, 24, 1, 6)
        self.head = nn.Linear(24, 10)

    def forward(self, x):
        return self.head(self.b3(self.b2(self.b1(F.relu6(self.stem(x))))).mean((2, 3)))


def mobilenet():
    net = Mobile()
    weights = scaled(net, 1300)
    x, y = real((3, 3, 12, 12), 5), below(3, 6, 10)
    case("design/mobilenet", "predict", dict(**weights, x=x), dict(out=net.eval()(x.torch())), tolerance=2e-5)
    net.train()
    loss = F.cross_entropy(net(x.torch()), y.torch())
    step = descend(net, loss, torch.optim.SGD(net.parameters(), 0.05, 0.9, nesterov=True))
    results = after(net, step, "head.bias", "b3.bn3.running_mean", "b1.bn1.running_var")
    case("design/mobilenet", "train_step", dict(**weights, x=x, y=y, lr=np.float32(0.05)), dict(loss=loss, **results), tolerance=1e-3, trains=("loss", 10, 0.7))


class Encoder(nn.Module):
    """The layers of MiniLM."""

    def __init__(self, width, wide):
        super().__init__()
        self.attention = nn.Module()
        for name in ("query", "key", "value", "output"):
            setattr(self.attention, name, nn.Linear(width, width))
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, wide), nn.Linear(wide, width)

    def forward(self, x, keep, heads):
        b, t, d = x.shape
        q, k, v = (getattr(self.attention, n)(x).reshape(b, t, heads, d // heads).transpose(1, 2) for n in ("query", "key", "value"))
        o = F.scaled_dot_product_attention(q, k, v, attn_mask=keep[:, None, None, :])
        x = self.norm1(x + self.attention.output(o.transpose(1, 2).reshape(b, t, d)))
        return self.norm2(x + self.down(F.gelu(self.up(x))))


def minilm():
    net = nn.Module()
    net.words, net.positions = nn.Embedding(50, 12), nn.Embedding(16, 12)
    net.norm, net.layers = nn.LayerNorm(12), nn.ModuleList(Encoder(12, 24) for _ in range(2))
    weights = scaled(net, 1400)
    tokens, length = below((3, 7), 7, 50), np.array([7, 1, 4])
    keep = torch.arange(7) < torch.from_numpy(length)[:, None]
    x = net.norm(net.words(tokens.torch()) + net.positions.weight[:7])
    for layer in net.layers:
        x = layer(x, keep, 3)
    pooled = (x * keep[:, :, None]).sum(1) / torch.from_numpy(length)[:, None]
    case("design/minilm", "embed", dict(**weights, tokens=tokens, len=length), dict(y=F.normalize(pooled, dim=-1)), tolerance=2e-5)


class T5Attention(nn.Module):
    def __init__(self):
        super().__init__()
        for name in "qkvo":
            setattr(self, name, nn.Linear(16, 16, bias=False))

    def forward(self, x, bias):
        b, t, d = x.shape
        q, k, v = (getattr(self, n)(x).reshape(b, t, 2, 8).transpose(1, 2) for n in "qkv")
        p = torch.softmax(q @ k.transpose(-1, -2) + bias, -1)
        return self.o((p @ v).transpose(1, 2).reshape(b, t, d))


class T5Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(16, 24, bias=False), nn.Linear(24, 16, bias=False)


def t5():
    net = nn.Module()
    net.embed, net.bias = nn.Embedding(50, 16), nn.Module()
    net.bias.table = nn.Parameter(torch.zeros(32, 2))
    net.norms = nn.ModuleList(nn.RMSNorm(16, 1e-6) for _ in range(2))
    net.attns, net.mlps = nn.ModuleList(T5Attention() for _ in range(2)), nn.ModuleList(T5Mlp() for _ in range(2))
    weights = scaled(net, 1500)
    tokens, y = below((2, 11), 8, 50), real((2, 16), 9)
    distance = torch.arange(11)[None] - torch.arange(11)[:, None]
    n = distance.abs()
    far = 8 + (torch.log(n.clamp(min=1).float() / 8) / np.float32(np.log(16)) * 8).to(torch.int64)
    bias = net.bias.table[(distance > 0) * 16 + torch.where(n < 8, n, far.clamp(max=15))].permute(2, 0, 1)
    x = net.embed(tokens.torch())
    for norm, attn, mlp in zip(net.norms, net.attns, net.mlps):
        x = x + attn(norm(x), bias)
        x = x + mlp.fc2(F.relu(mlp.fc1(norm(x))))
    case("design/t5_bias", "encode", dict(**weights, tokens=tokens), dict(out=x), tolerance=3e-5)
    loss = F.mse_loss(x.mean(1), y.torch())
    case("design/t5_bias", "train_step", dict(**weights, tokens=tokens, y=y, lr=np.float32(0.01)), dict(loss=loss), tolerance=3e-5, trains=("loss", 20, 0.5))


def dlrm():
    net = nn.Module()
    net.tables = nn.Parameter(torch.zeros(3, 50, 4))
    net.bottom, net.top = Small((5, 8, 4)), Small((20, 8, 1))
    weights = scaled(net, 1600)
    dense, ids, click = real((6, 5), 10), below((6, 3, 4), 11, 50), below(6, 12, 2)
    seen = np.abs(real((3, 50), 13).array)

    def run(part, x):
        return part.fc2(F.relu(part.fc1(x)))

    e = net.tables[torch.arange(3)[None, :, None], ids.torch()].sum(2)
    x = run(net.bottom, dense.torch())
    every = torch.cat([x[:, None], e], 1)
    pair = torch.einsum("bfd,bgd->bfg", every, every).reshape(6, -1)
    loss = F.binary_cross_entropy_with_logits(run(net.top, torch.cat([x, pair], 1))[:, 0], click.torch().float())
    ge, *gm = torch.autograd.grad(loss, [e, *net.bottom.parameters(), *net.top.parameters()])
    rows = torch.arange(3)[None, :, None].expand(6, 3, 4)
    new_seen = torch.from_numpy(seen.copy()).index_put((rows, ids.torch()), (ge**2).mean(-1)[:, :, None].expand(6, 3, 4), accumulate=True)
    change = -0.1 * ge[:, :, None] * torch.rsqrt(new_seen[rows, ids.torch()] + 1e-8)[..., None]
    tables = net.tables.data.index_put((rows, ids.torch()), change, accumulate=True)
    head = list(net.bottom.parameters()) + list(net.top.parameters())
    optimizer = torch.optim.Adagrad(head, 0.1)
    for p, g in zip(head, gm):
        p.grad = g
    optimizer.step()
    results = {"seen": new_seen, "m.tables": tables, "m.bottom.fc1.weight": net.bottom.fc1.weight, "m.top.fc2.weight": net.top.fc2.weight}
    case("design/dlrm", "train_step", dict(**weights, seen=seen, dense=dense, ids=ids, click=click, lr=np.float32(0.1)), dict(loss=loss, **results),
         tolerance=1e-4, trains=("loss", 20, 0.5))


def ctc():
    for b, c, longest in ((2, 3, 1), (4, 6, 3), (3, 11, 2)):
        logits = real((b, 9, c), 14, 2.0)
        labels = below((b, longest), 15, c - 1)
        labels = labels.array.astype(np.int64) + 1
        frames, length = np.array([9, 8, 9, 7][:b]), np.array([longest, 1, longest, 0][:b])
        tl = logits.torch(True)
        loss = F.ctc_loss(F.log_softmax(tl, -1).transpose(0, 1), torch.from_numpy(labels), torch.from_numpy(frames), torch.from_numpy(length), reduction="none")
        case("design/ctc", "loss_and_gradient", dict(logits=logits, frames=frames, labels=labels, len=length),
             dict(loss=loss, slope=gradients(loss.sum(), tl)[0]), f"ctc {b} {c} {longest}", tolerance=3e-5)


def vae():
    net = nn.Module()
    for name, (i, o) in dict(enc=(36, 16), mu=(16, 4), logvar=(16, 4), dec1=(4, 16), dec2=(16, 36)).items():
        setattr(net, name, nn.Linear(i, o))
    weights = scaled(net, 1700)
    x = below((5, 36), 16, 2)
    case("design/vae", "train_step", dict(**weights, rng=5, x=x, lr=np.float32(0.01), beta=np.float32(0.1)), trains=("loss", 40, 0.8))
    case("design/vae", "sample", dict(**weights, rng=5), dims={"N": 3})


def lora():
    net = nn.Module()
    net.layers = nn.ModuleList(nn.Module() for _ in range(3))
    for layer in net.layers:
        layer.weight, layer.lora_a, layer.lora_b = (nn.Parameter(torch.zeros(s)) for s in ((16, 16), (2, 16), (16, 2)))
    net.head = nn.Linear(16, 2)
    weights = scaled(net, 1800)
    x, y = real((6, 16), 17), below(6, 18, 2)

    def run():
        h = x.torch()
        for layer in net.layers:
            z = h @ layer.weight.T + h @ layer.lora_a.T @ layer.lora_b.T * 16 / 2
            h = F.gelu(z) + h
        return net.head(h)

    case("design/lora", "predict", dict(**weights, x=x), dict(out=run()), tolerance=2e-5)
    loss = F.cross_entropy(run(), y.torch())
    chosen = [p for path, p in net.named_parameters() if "lora_" in path]
    before = net.layers[1].weight.detach().clone()
    step = descend(net, loss, torch.optim.AdamW(chosen, 0.01))
    results = after(net, step, "layers.0.lora_a", "layers.2.lora_b", "layers.1.weight", "head.weight")
    assert torch.equal(before, net.layers[1].weight)
    case("design/lora", "finetune_step", dict(**weights, x=x, y=y, lr=np.float32(0.01)), dict(loss=loss, **results), tolerance=1e-3, trains=("loss", 30, 0.5))
    weights = {path: values for path, values in weights.items() if "weight" in path or "lora" in path}
    scaled(net, 1800)
    layer = net.layers[1]
    case("design/lora", "merge", weights, {"m.layers.1.weight": layer.weight + layer.lora_b @ layer.lora_a * 16 / 2, "m.layers.1.lora_b": torch.zeros(16, 2)}, tolerance=2e-5)


def mel():
    audio = real((2, 992), 19)
    hz = lambda f: 2595 * np.log10(1 + f / 700)
    edge = hz(8000) * np.arange(82) / 81
    f = hz(8000 * np.arange(257) / 256)[None]
    up, down = (f - edge[:80, None]) / (edge[1:81] - edge[:80])[:, None], (edge[2:, None] - f) / (edge[2:] - edge[1:81])[:, None]
    filters = np.maximum(0, np.minimum(up, down))
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(512) / 512)
    frames = np.stack([audio.array[:, 160 * i:160 * i + 512] for i in range(4)], 1).astype(np.float64) * window
    power = np.abs(np.fft.rfft(frames))**2
    case("design/mel", "log_mel", dict(audio=audio), dict(y=np.log(np.maximum(np.einsum("bfk,mk->bmf", power, filters), 1e-10)).astype(np.float32)), tolerance=3e-5)


def misc():
    weight, x = real((9, 6), 20), real((4, 6), 21)
    case("design/misc", "forward", {"m.w": weight, "x": x}, dict(out=x.torch() @ weight.torch().T))
    q, k, v = real((5, 3), 22), real((5, 3), 23), real((5, 3), 24)
    case("design/misc", "attend", dict(q=q, k=k, v=v), dict(y=F.scaled_dot_product_attention(q.torch(), k.torch(), v.torch(), is_causal=True)))


class Lstm(nn.Module):
    """The weights of lstm_gru.model, and what PyTorch's LSTM makes of them."""

    def __init__(self, inputs, hidden):
        super().__init__()
        self.wx, self.wh = nn.Parameter(torch.zeros(4, hidden, inputs)), nn.Parameter(torch.zeros(4, hidden, hidden))
        self.bias = nn.Parameter(torch.zeros(4, hidden))

    def forward(self, x, length, reverse=False):
        b, t, _ = x.shape
        hidden = self.bias.shape[1]
        h = c = torch.zeros(b, hidden)
        ys = [None] * t
        for s in range(t):
            at = t - 1 - s if reverse else s
            i, f, g, o = (x[:, at] @ self.wx[k].T + h @ self.wh[k].T + self.bias[k] for k in range(4))
            new = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            inside = (at < length)[:, None]
            h, c = torch.where(inside, torch.sigmoid(o) * torch.tanh(new), h), torch.where(inside, new, c)
            ys[at] = h
        return torch.stack(ys, 1)


def lstm():
    net = nn.Module()
    net.embed, net.fwd, net.bwd, net.out = nn.Embedding(40, 6), Lstm(6, 5), Lstm(6, 5), nn.Linear(10, 4)
    weights = scaled(net, 2000)
    tokens, length, tags = below((3, 7), 60, 40), torch.tensor([7, 1, 4]), below((3, 7), 61, 4)
    x = net.embed(tokens.torch())
    z = net.out(torch.cat([net.fwd(x, length), net.bwd(x, length, True)], -1))
    case("design/lstm_gru", "tag", dict(**weights, tokens=tokens, len=length), dict(tags=z.argmax(-1)))
    inside = torch.arange(7) < length[:, None]
    loss = F.cross_entropy(z[inside], tags.torch()[inside])
    step = descend(net, loss, torch.optim.SGD(net.parameters(), 0.5))
    results = after(net, step, "embed.weight", "fwd.wh", "bwd.wx", "bwd.bias", "out.bias")
    case("design/lstm_gru", "train_step", dict(**weights, tokens=tokens, len=length, tags=tags, lr=np.float32(0.5)), dict(loss=loss, **results),
         tolerance=3e-5, trains=("loss", 100, 0.8))
    cell = nn.Module()
    cell.gates, cell.cand = nn.Linear(9, 10), nn.Linear(9, 5)
    weights, x = scaled(cell, 2020), real((2, 6, 4), 62)
    h = torch.zeros(2, 5)
    for t in range(6):
        update, reset = torch.sigmoid(cell.gates(torch.cat([x.torch()[:, t], h], -1))).chunk(2, -1)
        h = (1 - update) * torch.tanh(cell.cand(torch.cat([x.torch()[:, t], reset * h], -1))) + update * h
    case("design/lstm_gru", "gru", dict(**weights, x=x), dict(h=h), tolerance=2e-5)


def kmeans():
    x, start = real((20, 3), 63), real((4, 3), 64)
    c = start.array.astype(np.float64)
    for _ in range(5):
        label = ((x.array[:, None] - c)**2).sum(-1).argmin(1)
        c = np.stack([x.array[label == k].mean(0) if (label == k).any() else c[k] for k in range(4)])
    case("design/kmeans_word2vec", "kmeans", dict(x=x, start=start), dict(centre=c.astype(np.float32), label=label), dims={"Rounds": 5})
    word, context = real((60, 8), 65, 0.5), real((60, 8), 66, 0.5)
    cdf = np.arange(1, 61, dtype=np.float32) / 60
    case("design/kmeans_word2vec", "train_step", {"m.word": word, "m.context": context, "rng": 9, "centre": below(6, 67, 60), "target": below(6, 68, 60), "cdf": cdf, "lr": np.float32(0.5)},
         trains=("loss", 30, 0.9))


class Gpt2Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.ln_2, self.attn = nn.LayerNorm(12), nn.LayerNorm(12), nn.Module()
        self.attn.qkv, self.attn.out = nn.Linear(12, 36), nn.Linear(12, 12)
        self.fc, self.proj = nn.Linear(12, 48), nn.Linear(48, 12)

    def forward(self, x):
        t = len(x)
        q, k, v = (z.reshape(t, 3, 4).transpose(0, 1) for z in self.attn.qkv(self.ln_1(x)).chunk(3, -1))
        o = F.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=True)[0]
        x = x + self.attn.out(o.transpose(0, 1).reshape(t, 12))
        return x + self.proj(F.gelu(self.fc(self.ln_2(x))))


def gpt2():
    net = nn.Module()
    net.wte, net.wpe = nn.Embedding(60, 12), nn.Embedding(32, 12)
    net.h, net.ln_f = nn.ModuleList(Gpt2Block() for _ in range(2)), nn.LayerNorm(12)
    weights = scaled(net, 2100)

    def greedy(tokens):
        x = net.wte(tokens) + net.wpe.weight[:len(tokens)]
        for block in net.h:
            x = block(x)
        return (net.ln_f(x) @ net.wte.weight.T)[-1].argmax()

    prompt = below((2, 5), 69, 60)
    rows = []
    for row in prompt.torch():
        for _ in range(6):
            row = torch.cat([row, greedy(row)[None]])
        rows.append(row[5:])
    # Of one candidate the draw is the most likely token: the same as without a cache.
    case("design/gpt2", "next", {**weights, "rng": 3, "cache.k": np.zeros((2, 2, 3, 9, 4), np.float32), "cache.v": np.zeros((2, 2, 3, 9, 4), np.float32), "cache.len": 0,
                                 "tokens": prompt, "temperature": np.float32(1)}, dict(token=torch.stack(rows)[:, 0]), dims={"K": 1})
    case("design/gpt2", "greedy", dict(**weights, prompt=prompt), dict(out=torch.stack(rows)), dims={"N": 6})
    case("design/gpt2", "generate", dict(**weights, rng=4, prompt=prompt), dims={"N": 6})


class CausalConv(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.zeros(16, 16, 3)), nn.Parameter(torch.zeros(16))


def streaming():
    net = nn.Module()
    net.inp, net.out = nn.Linear(1, 16), nn.Linear(16, 1)
    net.layers = nn.ModuleList(CausalConv() for _ in range(6))
    weights = scaled(net, 2200)
    past, x = real((6, 16, 8), 70), real(20, 71)

    def process(past, x):
        h = (net.inp.weight * x + net.inp.bias[:, None])
        kept = []
        for layer, before in zip(net.layers, past):
            joined = torch.cat([before, h], 1)
            kept.append(joined[:, -8:])
            h = h + torch.tanh(F.conv1d(joined[None], layer.weight, layer.bias, dilation=4)[0])
        return (net.out.weight @ h)[0] + net.out.bias, torch.stack(kept)

    y, kept = process(past.torch(), x.torch())
    case("design/streaming_optim", "process", {**weights, "s.past": past, "x": x}, {"y": y, "s.past": kept}, tolerance=2e-5)
    x, y = real((2, 3, 12), 72), real((2, 3, 12), 73)
    losses = [F.mse_loss(process(torch.zeros(6, 16, 8), a)[0], b) for a, b in zip(x.torch().reshape(6, 12), y.torch().reshape(6, 12))]
    loss = torch.stack(losses).mean()
    norm = nn.utils.clip_grad_norm_  # the gradients are cut to norm 1, then each goes with its own momentum
    loss.backward()
    norm(net.parameters(), 1.0)
    optimizer = torch.optim.AdamW([dict(params=[p for path, p in net.named_parameters() if "bias" not in path], weight_decay=0.01),
                                   dict(params=[p for path, p in net.named_parameters() if "bias" in path], weight_decay=0.0)], 3e-4)
    optimizer.step()
    values = dict(net.named_parameters())
    results = {f"m.{path}": values[path] for path in ("inp.weight", "layers.0.weight", "layers.5.bias", "out.bias")}
    case("design/streaming_optim", "train_step", {**weights, "x": x, "y": y, "step": 499}, dict(loss=loss, **results), tolerance=3e-5, trains=("loss", 60, 0.9))


def record():
    for cases in (mlp, lenet, resnet, mobilenet, minilm, t5, dlrm, ctc, vae, pinn, maml, lora, mel, misc, lstm, kmeans, gpt2, streaming):
        cases()
