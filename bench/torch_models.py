"""The workloads as PyTorch modules, whose parameters have the names that they have in workloads/*.model."""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2, self.fc3 = nn.Linear(784, 512), nn.Linear(512, 512), nn.Linear(512, 10)

    def forward(self, x):
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 32, 3), nn.Conv2d(32, 64, 3)
        self.fc1, self.fc2 = nn.Linear(9216, 128), nn.Linear(128, 10)

    def forward(self, x):
        h = F.max_pool2d(F.relu(self.conv2(F.relu(self.conv1(x)))), 2)
        return self.fc2(F.relu(self.fc1(h.flatten(1))))


class Bottleneck(nn.Module):
    def __init__(self, wide, mid, stride, project):
        super().__init__()
        self.c1, self.b1 = nn.Conv2d(wide, mid, 1, bias=False), nn.BatchNorm2d(mid)
        self.c2, self.b2 = nn.Conv2d(mid, mid, 3, stride, 1, bias=False), nn.BatchNorm2d(mid)
        self.c3, self.b3 = nn.Conv2d(mid, 4 * mid, 1, bias=False), nn.BatchNorm2d(4 * mid)
        self.project = project
        if project:
            self.down, self.down_b = nn.Conv2d(wide, 4 * mid, 1, stride, bias=False), nn.BatchNorm2d(4 * mid)

    def forward(self, x):
        y = F.relu(self.b1(self.c1(x)))
        y = self.b3(self.c3(F.relu(self.b2(self.c2(y)))))
        return F.relu(y + (self.down_b(self.down(x)) if self.project else x))


class Stage(nn.Module):
    def __init__(self, wide, mid, blocks, stride):
        super().__init__()
        self.first = Bottleneck(wide, mid, stride, True)
        self.rest = nn.ModuleList(Bottleneck(4 * mid, mid, 1, False) for _ in range(blocks - 1))

    def forward(self, x):
        x = self.first(x)
        for block in self.rest:
            x = block(x)
        return x


class ResNet50(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64)
        self.layer1, self.layer2 = Stage(64, 64, 3, 1), Stage(256, 128, 4, 2)
        self.layer3, self.layer4 = Stage(512, 256, 6, 2), Stage(1024, 512, 3, 2)
        self.fc = nn.Linear(2048, 1000)

    def forward(self, x):
        h = F.max_pool2d(F.relu(self.norm(self.conv(x))), 3, 2, 1)
        return self.fc(self.layer4(self.layer3(self.layer2(self.layer1(h)))).mean((2, 3)))


class Block(nn.Module):
    def __init__(self, d, heads, pre):
        super().__init__()
        self.heads, self.pre = heads, pre
        self.qkv, self.o = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.up, self.down = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)
        self.n1, self.n2 = nn.LayerNorm(d), nn.LayerNorm(d)

    def split(self, x):
        b, t, d = x.shape
        return self.qkv(x).view(b, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4).unbind(0)

    def join(self, a):
        b, h, t, e = a.shape
        return self.o(a.transpose(1, 2).reshape(b, t, h * e))

    def attend(self, x):
        q, k, v = self.split(x)
        return self.join(F.scaled_dot_product_attention(q, k, v, is_causal=self.pre))

    def mlp(self, x):
        return self.down(F.gelu(self.up(x), approximate="tanh" if self.pre else "none"))

    def forward(self, x):
        if self.pre:
            x = x + self.attend(self.n1(x))
            return x + self.mlp(self.n2(x))
        x = self.n1(x + self.attend(x))
        return self.n2(x + self.mlp(x))

    def decode(self, x, k, v):
        q, own_k, own_v = self.split(self.n1(x))
        s = torch.cat([q @ k.transpose(-1, -2), (q * own_k).sum(-1, keepdim=True)], -1) / math.sqrt(q.shape[-1])
        p = torch.softmax(s, -1)
        x = x + self.join(p[..., :-1] @ v + p[..., -1:] * own_v)
        return x + self.mlp(self.n2(x)), own_k, own_v


class Encoder(nn.Module):
    def __init__(self, d, layers):
        super().__init__()
        self.tok, self.pos, self.typ = nn.Embedding(30522, d), nn.Embedding(512, d), nn.Embedding(2, d)
        self.norm = nn.LayerNorm(d)
        self.blocks = nn.ModuleList(Block(d, 12, False) for _ in range(layers))

    def forward(self, ids):
        x = self.norm(self.tok(ids) + self.pos.weight[: ids.shape[1]] + self.typ.weight[0])
        for block in self.blocks:
            x = block(x)
        return x


class Gpt2(nn.Module):
    def __init__(self, last_only=False):
        super().__init__()
        self.tok, self.pos = nn.Embedding(50257, 768), nn.Embedding(1024, 768)
        self.blocks, self.norm = nn.ModuleList(Block(768, 12, True) for _ in range(12)), nn.LayerNorm(768)
        self.last_only = last_only
        nn.init.normal_(self.tok.weight, std=0.02)

    def forward(self, ids):
        x = self.tok(ids) + self.pos.weight[: ids.shape[1]]
        for block in self.blocks:
            x = block(x)
        return F.linear(self.norm(x[:, -1] if self.last_only else x), self.tok.weight)


class Gpt2Decode(Gpt2):
    def forward(self, ids, ks, vs):
        x = (self.tok(ids) + self.pos.weight[ks.shape[3]])[:, None]
        new_k, new_v = [], []
        for i, block in enumerate(self.blocks):
            x, k, v = block.decode(x, ks[i], vs[i])
            new_k.append(k[:, :, 0])
            new_v.append(v[:, :, 0])
        return F.linear(self.norm(x[:, 0]), self.tok.weight), torch.stack(new_k), torch.stack(new_v)


class Lstm(nn.Module):
    """Its parameters have PyTorch's names; see `lstm_names` in workloads.py."""

    def __init__(self, head):
        super().__init__()
        self.lstm = nn.LSTM(512, 512, 2, batch_first=True)
        self.fc = nn.Linear(512, 10) if head else None

    def forward(self, x):
        y = self.lstm(x)[0]
        return y if self.fc is None else self.fc(y[:, -1])


class Tower(nn.Module):
    def __init__(self, wide, h1, h2, out):
        super().__init__()
        self.fc1, self.fc2, self.fc3 = nn.Linear(wide, h1), nn.Linear(h1, h2), nn.Linear(h2, out)

    def forward(self, x):
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


class Dlrm(nn.Module):
    def __init__(self, sparse):
        super().__init__()
        self.emb = nn.ModuleList(nn.Embedding(100_000, 64, sparse=sparse) for _ in range(26))
        self.bot, self.top = Tower(13, 512, 256, 64), Tower(415, 512, 256, 1)
        f, g = torch.tril_indices(27, 27, -1)
        self.register_buffer("pairs", f * 27 + g, persistent=False)

    def forward(self, dense, ids):
        x = F.relu(self.bot(dense))
        z = torch.stack([x] + [table(ids[:, i]) for i, table in enumerate(self.emb)], 1)
        products = torch.bmm(z, z.transpose(1, 2)).flatten(1)[:, self.pairs]
        return self.top(torch.cat([x, products], 1))[:, 0]
