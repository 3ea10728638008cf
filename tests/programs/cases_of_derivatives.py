"""Cases of nested and other derivatives."""
import numpy as np
import torch

from recording import below, case, gradients, real


def derivatives():
    hessian_of = torch.autograd.functional.hessian
    for b, n in ((1, 1), (4, 3), (9, 16)):
        w, bias, x = real(n, 1), np.float32(0.3), real((b, n), 2)
        tw, tb = w.torch(True), torch.tensor(bias, requires_grad=True)
        s = x.torch() @ tw + tb
        dw, db = gradients((s * s).sum(), tw, tb)
        case("derivatives", "with_aux", dict(w=w, b=bias, x=x), dict(loss=(s * s).sum(), scores=s, best=s.argmax().item(), dw=dw, db=db), f"aux {b} {n}", tolerance=2e-5)
    for b, m, n in ((0, 2, 3), (1, 1, 1), (3, 4, 5), (8, 16, 7)):
        w, x, y = real((m, n), 3), real((b, n), 4), real((b, m), 5)
        tw = w.torch(True)
        losses = ((torch.tanh(x.torch() @ tw.T) - y.torch())**2).sum(1)
        dw = torch.stack([torch.autograd.grad(l, tw, retain_graph=True)[0] for l in losses]) if b else torch.zeros(0, m, n)
        case("derivatives", "per_example", dict(w=w, x=x, y=y), dict(losses=losses, dw=dw), f"per example {b} {m} {n}")
    rosenbrock = lambda x: (100 * (x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2).sum()
    for n in (1, 2, 5, 9):
        x, v = real(n, 6), real(n, 7)
        h = hessian_of(rosenbrock, x.torch().double())
        case("derivatives", "hessian", dict(x=x), dict(h=h), f"Hessian {n}")
        tx = x.torch(True)
        g = gradients(rosenbrock(tx), tx)[0] if n > 1 else torch.zeros(1)
        hv = h.float() @ v.torch()
        case("derivatives", "hessian_times", dict(x=x, v=v), dict(g=g, hv=hv), f"Hessian times {n}", tolerance=2e-5)
        case("derivatives", "hessian_times_reversed", dict(x=x, v=v), dict(hv=hv), f"Hessian times reversed {n}", tolerance=2e-5)
        a = real((n, n), 8)
        case("derivatives", "quadratic_hessian", dict(a=a, x=x), dict(h=a.array + a.array.T), f"quadratic {n}")
        d = real(n, 9)
        y = np.exp(x.array) * (x.array**2).sum()
        dy = y * d.array + np.exp(x.array) * 2 * (x.array * d.array).sum()
        case("derivatives", "forward", dict(x=x, dx=d), dict(y=y, dy=dy), f"forward {n}")
    x = np.float32(0.7)
    t = np.float64(x)
    case("derivatives", "third", dict(x=x), dict(y=np.float32(-np.cos(t) * t * t - 6 * np.sin(t) * t + 6 * np.cos(t))))
    for m, n in ((1, 1), (3, 5), (8, 7)):
        w, x = real((m, n), 10), real(n, 11)
        j = (1 - np.tanh(w.array @ x.array)**2)[:, None] * w.array
        case("derivatives", "jacobian", dict(w=w, x=x), dict(j=j), f"Jacobian {m} {n}")
    x = real(6, 12)
    case("derivatives", "stopped", dict(x=x), dict(dx=x.array**2))
    v = np.array([-2.5, -1, -0.5, 0, 0.5, 1, 2.5], np.float32)
    case("derivatives", "corners", dict(x=v), dict(a=np.sign(v), b=(v >= 0).astype(np.float32), c=(v < 0).astype(np.float32), d=np.floor(v), e=np.trunc(v)))
    v = np.array([-1, 0, 0.5, 2], np.float32)
    case("derivatives", "guarded", dict(x=v), dict(y=np.float32([0, 0, np.log(0.5), np.log(2)]), dx=np.float32([0, 0, 2, 0.5])))
    x = real(5, 13)
    case("derivatives", "with_inout", dict(x=x, calls=4), dict(y=np.float32((x.array**2).sum()), dx=2 * x.array, calls=5))
    for n in (1, 4, 33):
        w, x = real(n, 14), real(n, 15)
        tw, tx, lr = w.torch(True), x.torch(), torch.tensor(0.1, requires_grad=True)
        g, = torch.autograd.grad(((tw @ tx) - 1)**2, tw, create_graph=True)
        loss = (torch.sin(tw - lr * g) * tx).sum()
        dw, dlr = gradients(loss, tw, lr)
        case("derivatives", "through_a_step", dict(w=w, x=x, lr=np.float32(0.1)), dict(loss=loss, dw=dw, dlr=dlr), f"through a step {n}")
    x = real(5, 16)
    case("derivatives", "before_the_block", dict(x=x), dict(dx=x.array**2))
    for n in (1, 6, 33):
        x = real(n, 17)
        tx = x.torch(True)
        m = tx.mean()
        v = ((tx - m)**2).mean()
        z = (tx - m) * torch.rsqrt(v + 0.1)
        s = (z.sort().values * torch.arange(1, n + 1)).sum()
        case("derivatives", "many_uses", dict(x=x), dict(dx=gradients(s * z.max() + z.min() * z[0], tx)[0]), f"many uses {n}", tolerance=3e-5)
    for b, n in ((0, 3), (2, 3), (4, 17)):
        x = real((b, n), 18)
        tx = x.torch(True)
        v, p = tx.topk(3)
        case("derivatives", "top_gradient", dict(x=x), dict(values=v, places=p, dx=gradients((v * v * torch.arange(1, 4)).sum(), tx)[0]), f"top {b} {n}")


def record():
    derivatives()
