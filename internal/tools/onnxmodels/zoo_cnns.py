"""Networks of convolutions as programs of others have them: from torchvision, and spelled out here."""

import torch
import torchvision
from torch import nn
from torch.nn import functional as F


def block(inputs, filters, kernel=3, stride=1, activation=nn.SiLU):
    return nn.Sequential(nn.Conv2d(inputs, filters, kernel, stride, kernel // 2, bias=False),
                         nn.BatchNorm2d(filters), activation())


class UNet(nn.Module):
    """Images to masks: halves and doubles three times, by transposed convolutions or by resizing."""

    def __init__(self, width=16, resize=False):
        super().__init__()
        sizes = [width << i for i in range(4)]
        self.down = nn.ModuleList(self.pair(a, b) for a, b in zip([3] + sizes, sizes))
        self.up = nn.ModuleList(
            nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear"), nn.Conv2d(2 * s, s, 1)) if resize
            else nn.ConvTranspose2d(2 * s, s, 2, 2) for s in sizes[-2::-1])
        self.join = nn.ModuleList(self.pair(2 * s, s) for s in sizes[-2::-1])
        self.last = nn.Conv2d(width, 1, 1)

    @staticmethod
    def pair(a, b):
        return nn.Sequential(block(a, b, activation=nn.ReLU), block(b, b, activation=nn.ReLU))

    def forward(self, x):
        skips = []
        for i, down in enumerate(self.down):
            x = down(F.max_pool2d(x, 2) if i else x)
            skips.append(x)
        for up, join, skip in zip(self.up, self.join, skips[-2::-1]):
            x = join(torch.cat([skip, up(x)], 1))
        return torch.sigmoid(self.last(x))


class Split(nn.Module):
    """A stage of detectors: half of the channels go through residual blocks, all states are joined."""

    def __init__(self, inputs, filters, n, residual=True):
        super().__init__()
        self.half, self.residual = filters // 2, residual
        self.first = block(inputs, filters, 1)
        self.inner = nn.ModuleList(
            nn.Sequential(block(self.half, self.half), block(self.half, self.half)) for _ in range(n))
        self.last = block((2 + n) * self.half, filters, 1)

    def forward(self, x):
        states = list(self.first(x).chunk(2, 1))
        for m in self.inner:
            states.append(m(states[-1]) + states[-1] if self.residual else m(states[-1]))
        return self.last(torch.cat(states, 1))


class Pyramid(nn.Module):
    """Pools of pools, joined."""

    def __init__(self, filters):
        super().__init__()
        self.first, self.last = block(filters, filters // 2, 1), block(2 * filters, filters, 1)

    def forward(self, x):
        states = [self.first(x)]
        for _ in range(3):
            states.append(F.max_pool2d(states[-1], 5, 1, 2))
        return self.last(torch.cat(states, 1))


class Detector(nn.Module):
    """Boxes and scores at three scales, boxes as expected distances over 16 bins, anchors without size."""

    def __init__(self, w=16, classes=80, best=0):
        super().__init__()
        self.p3 = nn.Sequential(block(3, w, 3, 2), block(w, 2 * w, 3, 2), Split(2 * w, 2 * w, 1),
                                block(2 * w, 4 * w, 3, 2), Split(4 * w, 4 * w, 2))
        self.p4 = nn.Sequential(block(4 * w, 8 * w, 3, 2), Split(8 * w, 8 * w, 2))
        self.p5 = nn.Sequential(block(8 * w, 16 * w, 3, 2), Split(16 * w, 16 * w, 1), Pyramid(16 * w))
        self.n4, self.n3 = Split(24 * w, 8 * w, 1, False), Split(12 * w, 4 * w, 1, False)
        self.d4, self.d5 = block(4 * w, 4 * w, 3, 2), block(8 * w, 8 * w, 3, 2)
        self.m4, self.m5 = Split(12 * w, 8 * w, 1, False), Split(24 * w, 16 * w, 1, False)
        sizes = [4 * w, 8 * w, 16 * w]
        self.boxes = nn.ModuleList(
            nn.Sequential(block(s, 64), block(64, 64), nn.Conv2d(64, 64, 1)) for s in sizes)
        self.scores = nn.ModuleList(
            nn.Sequential(block(s, 80), block(80, 80), nn.Conv2d(80, classes, 1)) for s in sizes)
        self.classes, self.best = classes, best
        self.bins = nn.Conv2d(16, 1, 1, bias=False).requires_grad_(False)
        self.bins.weight.copy_(torch.arange(16.0).view(1, 16, 1, 1))

    def forward(self, x):
        p3 = self.p3(x)
        p4 = self.p4(p3)
        p5 = self.p5(p4)
        n4 = self.n4(torch.cat([F.interpolate(p5, scale_factor=2.0), p4], 1))
        n3 = self.n3(torch.cat([F.interpolate(n4, scale_factor=2.0), p3], 1))
        m4 = self.m4(torch.cat([self.d4(n3), n4], 1))
        m5 = self.m5(torch.cat([self.d5(m4), p5], 1))
        maps, anchors, strides = [], [], []
        for m, boxes, scores, stride in zip((n3, m4, m5), self.boxes, self.scores, (8, 16, 32)):
            maps.append(torch.cat([boxes(m), scores(m)], 1).flatten(2))
            h, w = m.shape[2:]
            ys, xs = torch.meshgrid(torch.arange(h) + 0.5, torch.arange(w) + 0.5, indexing="ij")
            anchors.append(torch.stack([xs, ys]).view(1, 2, -1))
            strides.append(torch.full((1, 1, h * w), float(stride)))
        boxes, scores = torch.cat(maps, 2).split([64, self.classes], 1)
        anchors, strides = torch.cat(anchors, 2), torch.cat(strides, 2)
        n = boxes.shape[2]
        distances = self.bins(boxes.view(-1, 4, 16, n).transpose(1, 2).softmax(1)).view(-1, 4, n)
        low, high = distances.chunk(2, 1)
        low, high = anchors - low, anchors + high
        boxes, scores = torch.cat([(low + high) / 2, high - low], 1) * strides, scores.sigmoid()
        if not self.best:
            return torch.cat([boxes, scores], 1)
        top, kept = scores.amax(1).topk(self.best, 1)
        kept = kept.unsqueeze(1)
        return (top, torch.gather(boxes, 2, kept.expand(-1, 4, -1)),
                torch.gather(scores, 2, kept.expand(-1, self.classes, -1)).argmax(1))


class WithoutOverlap(nn.Module):
    """A detector whose boxes are those that no better one overlaps, for one image."""

    def __init__(self):
        super().__init__()
        self.detector = Detector(8, 20)

    def forward(self, x):
        boxes, scores = self.detector(x)[0].split([4, 20])
        score, kind = scores.max(0)
        middle, size = boxes.t().chunk(2, 1)
        corners = torch.cat([middle - size / 2, middle + size / 2], 1)
        kept = torchvision.ops.nms(corners, score, 0.5)[:50]
        return corners[kept], score[kept], kind[kept]


def srcnn():
    return nn.Sequential(nn.Conv2d(1, 64, 9, padding=4), nn.ReLU(), nn.Conv2d(64, 32, 1), nn.ReLU(),
                         nn.Conv2d(32, 1, 5, padding=2))


def espcn():
    return nn.Sequential(nn.Conv2d(1, 64, 5, padding=2), nn.Tanh(), nn.Conv2d(64, 32, 3, padding=1),
                         nn.Tanh(), nn.Conv2d(32, 9, 3, padding=1), nn.PixelShuffle(3))


class WaveNet(nn.Module):
    """Sounds, gates of dilated causal convolutions, sums of what each gives."""

    def __init__(self, width=64, layers=10):
        super().__init__()
        self.first = nn.Conv1d(1, width, 1)
        self.gates = nn.ModuleList(nn.Conv1d(width, 2 * width, 2, dilation=1 << i) for i in range(layers))
        self.inner = nn.ModuleList(nn.Conv1d(width, 2 * width, 1) for _ in range(layers))
        self.last = nn.Sequential(nn.ReLU(), nn.Conv1d(width, width, 1), nn.ReLU(), nn.Conv1d(width, 256, 1))

    def forward(self, x):
        x, total = self.first(x), 0
        for i, (gate, inner) in enumerate(zip(self.gates, self.inner)):
            a, b = gate(F.pad(x, (1 << i, 0))).chunk(2, 1)
            more, skip = inner(torch.tanh(a) * torch.sigmoid(b)).chunk(2, 1)
            x, total = x + more, total + skip
        return self.last(total)


class Temporal(nn.Module):
    """Series: residual blocks of dilated causal convolutions, which cut what they look at behind the end."""

    def __init__(self, inputs=8, width=64, layers=6):
        super().__init__()
        sizes = [inputs] + layers * [width]
        self.a = nn.ModuleList(nn.Conv1d(s, width, 3, padding=2 << i, dilation=1 << i)
                               for i, s in enumerate(sizes[:-1]))
        self.b = nn.ModuleList(nn.Conv1d(width, width, 3, padding=2 << i, dilation=1 << i)
                               for i in range(layers))
        self.side = nn.Conv1d(inputs, width, 1)
        self.last = nn.Linear(width, 10)

    def forward(self, x):
        for i, (a, b) in enumerate(zip(self.a, self.b)):
            y = F.relu(a(x)[:, :, :-(2 << i)])
            y = F.relu(b(y)[:, :, :-(2 << i)])
            x = F.relu(y + (x if i else self.side(x)))
        return self.last(x[:, :, -1])


class TasNet(nn.Module):
    """Two voices out of one sound: a mask for each over learned frames."""

    def __init__(self, frames=128, inner=64, hidden=128, layers=6, repeats=2):
        super().__init__()
        self.encoder = nn.Conv1d(1, frames, 16, 8, bias=False)
        self.norm, self.narrow = nn.GroupNorm(1, frames), nn.Conv1d(frames, inner, 1)
        self.blocks = nn.ModuleList(nn.Sequential(
            nn.Conv1d(inner, hidden, 1), nn.PReLU(), nn.GroupNorm(1, hidden),
            nn.Conv1d(hidden, hidden, 3, padding=1 << i, dilation=1 << i, groups=hidden), nn.PReLU(),
            nn.GroupNorm(1, hidden), nn.Conv1d(hidden, inner, 1))
            for _ in range(repeats) for i in range(layers))
        self.mask = nn.Sequential(nn.PReLU(), nn.Conv1d(inner, 2 * frames, 1), nn.Sigmoid())
        self.decoder = nn.ConvTranspose1d(frames, 1, 16, 8, bias=False)

    def forward(self, x):
        w = F.relu(self.encoder(x))
        y = self.narrow(self.norm(w))
        for b in self.blocks:
            y = y + b(y)
        voices = w.unsqueeze(1) * self.mask(y).view(x.shape[0], 2, w.shape[1], -1)
        return self.decoder(voices.flatten(0, 1)).view(x.shape[0], 2, -1)


def volumes():
    layers = []
    for a, b in ((1, 16), (16, 32), (32, 64)):
        layers += [nn.Conv3d(a, b, 3, padding=1), nn.BatchNorm3d(b), nn.ReLU(), nn.MaxPool3d(2)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(64, 10))


class Autoencoder(nn.Module):
    """Images to the means of codes and back, by strides and transposed convolutions."""

    def __init__(self):
        super().__init__()
        down, up = [], []
        for a, b in ((3, 32), (32, 64), (64, 128), (128, 256)):
            down += [nn.Conv2d(a, b, 3, 2, 1), nn.BatchNorm2d(b), nn.LeakyReLU()]
            up = [nn.ConvTranspose2d(b, max(a, 32), 3, 2, 1, 1), nn.BatchNorm2d(max(a, 32)),
                  nn.LeakyReLU()] + up
        self.down = nn.Sequential(*down, nn.Flatten())
        self.mean, self.back = nn.Linear(4096, 128), nn.Linear(128, 4096)
        self.up = nn.Sequential(*up, nn.Conv2d(32, 3, 3, padding=1), nn.Tanh())

    def forward(self, x):
        mean = self.mean(self.down(x))
        return self.up(self.back(mean).view(-1, 256, 4, 4)), mean


class PointNet(nn.Module):
    """Points, turned by a matrix that is computed from them, to classes."""

    def __init__(self):
        super().__init__()
        self.turn, self.turned = self.features(3), nn.Sequential(
            nn.Linear(1024, 256), nn.ReLU(), nn.Linear(256, 9))
        self.inner = self.features(3)
        self.last = nn.Sequential(nn.Linear(1024, 256), nn.BatchNorm1d(256), nn.ReLU(), nn.Linear(256, 40))

    @staticmethod
    def features(inputs):
        layers = []
        for a, b in ((inputs, 64), (64, 128), (128, 1024)):
            layers += [nn.Conv1d(a, b, 1), nn.BatchNorm1d(b), nn.ReLU()]
        return nn.Sequential(*layers)

    def forward(self, x):
        matrix = self.turned(self.turn(x).amax(2)).view(-1, 3, 3) + torch.eye(3)
        x = torch.bmm(x.transpose(1, 2), matrix).transpose(1, 2)
        return F.log_softmax(self.last(self.inner(x).amax(2)), 1)


class First(nn.Module):
    """Segmentation without the dictionary around it."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model(x)["out"]


def vision(name, **options):
    return lambda: getattr(torchvision.models, name)(weights=None, **options)


def segmentation(name):
    return lambda: First(getattr(torchvision.models.segmentation, name)(
        weights=None, weights_backbone=None, num_classes=21))


# Name: what makes the network, and the shapes of its input, of which the first one is timed.
IMAGE = [(1, 3, 224, 224), (2, 3, 224, 224)]
MODELS = {
    **{n: (vision(n), IMAGE) for n in (
        "resnet18", "resnet50", "mobilenet_v2", "mobilenet_v3_large", "efficientnet_b0",
        "shufflenet_v2_x1_0", "densenet121", "squeezenet1_1", "regnet_y_400mf", "convnext_tiny", "mnasnet1_0")},
    "googlenet": (vision("googlenet", init_weights=False, aux_logits=False), IMAGE),
    "inception_v3": (vision("inception_v3", init_weights=False, aux_logits=True), [(1, 3, 299, 299)]),
    "unet": (UNet, [(1, 3, 256, 256), (2, 3, 256, 256)]),
    "unet_resize": (lambda: UNet(resize=True), [(1, 3, 256, 256)]),
    "detector": (Detector, [(1, 3, 320, 320), (2, 3, 320, 320)]),
    "detector_best": (lambda: Detector(8, 20, 100), [(1, 3, 320, 320)]),
    "detector_nms": (WithoutOverlap, [(1, 3, 320, 320)]),
    "deeplab": (segmentation("deeplabv3_mobilenet_v3_large"), [(1, 3, 256, 256)]),
    "lraspp": (segmentation("lraspp_mobilenet_v3_large"), [(1, 3, 256, 256)]),
    "srcnn": (srcnn, [(1, 1, 128, 128)]),
    "espcn": (espcn, [(1, 1, 128, 128), (3, 1, 128, 128)]),
    "wavenet": (WaveNet, [(1, 1, 4000), (3, 1, 4000)]),
    "temporal": (Temporal, [(1, 8, 256), (5, 8, 256)]),
    "tasnet": (TasNet, [(1, 1, 8000), (2, 1, 8000)]),
    "volumes": (volumes, [(1, 1, 32, 32, 32), (2, 1, 32, 32, 32)]),
    "autoencoder": (Autoencoder, [(1, 3, 64, 64), (4, 3, 64, 64)]),
    "pointnet": (PointNet, [(1, 3, 1024), (3, 3, 1024)]),
}
