"""Networks for texts, sounds and other sequences: from transformers, and spelled out here."""

import torch
import transformers as hf
from torch import nn

VOCABULARY = 2000
torch.backends.mha.set_fastpath_enabled(False)


class Only(nn.Module):
    """A network of transformers with the arguments by name, which gives its first output."""

    def __init__(self, model, *names, **fixed):
        super().__init__()
        self.model, self.names, self.fixed = model, names, fixed

    def forward(self, *x):
        y = self.model(**dict(zip(self.names, x)), **self.fixed)
        return y[0]


class Cached(nn.Module):
    """A decoder that takes the keys and values of what came before, and gives all of them."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, *past):
        cache = hf.DynamicCache()
        for i in range(0, len(past), 2):
            cache.update(past[i], past[i + 1], i // 2)
        y = self.model(input_ids=input_ids, past_key_values=cache, use_cache=True)
        return y.logits, *[t for layer in y.past_key_values.layers for t in (layer.keys, layer.values)]


def ids(*shape):
    return torch.randint(0, VOCABULARY, shape)


def ones(*shape):
    return torch.ones(shape, dtype=torch.int64)


def bert(layers, width, heads, time, **more):
    config = hf.BertConfig(vocab_size=VOCABULARY, hidden_size=width, num_hidden_layers=layers,
                           num_attention_heads=heads, intermediate_size=4 * width, **more)
    model = hf.BertModel(config, add_pooling_layer=False)
    return (Only(model, "input_ids", "attention_mask", "token_type_ids"),
            dict(input_ids=ids(1, time), attention_mask=ones(1, time), token_type_ids=0 * ones(1, time)))


def distilbert(time, **more):
    config = hf.DistilBertConfig(vocab_size=VOCABULARY, n_layers=6, **more)
    return (Only(hf.DistilBertForSequenceClassification(config), "input_ids", "attention_mask"),
            dict(input_ids=ids(1, time), attention_mask=ones(1, time)))


def gpt2(time, past=0, **more):
    config = hf.GPT2Config(vocab_size=VOCABULARY, n_layer=12, **more)
    return decoder(hf.GPT2LMHeadModel(config), time, past, 12, 12, 64)


def llama(time, past=0, **more):
    config = hf.LlamaConfig(vocab_size=VOCABULARY, hidden_size=512, intermediate_size=1408,
                            num_hidden_layers=8, num_attention_heads=8, num_key_value_heads=2,
                            max_position_embeddings=2048, **more)
    return decoder(hf.LlamaForCausalLM(config), time, past, 8, 2, 64)


def decoder(model, time, past, layers, heads, d):
    if not past:
        return (Only(model, "input_ids", "attention_mask", use_cache=False),
                dict(input_ids=ids(1, time), attention_mask=ones(1, time)))
    inputs = dict(input_ids=ids(1, time))
    for i in range(layers):
        for kind in "key", "value":
            inputs[f"past_{i}_{kind}"] = torch.randn(1, heads, past, d)
    return Cached(model), inputs


def t5(part, time):
    config = hf.T5Config(vocab_size=VOCABULARY, d_model=512, d_kv=64, d_ff=1024, num_layers=6, num_heads=8,
                         feed_forward_proj="gated-gelu", decoder_start_token_id=0)
    if part == "encoder":
        return (Only(hf.T5EncoderModel(config), "input_ids", "attention_mask"),
                dict(input_ids=ids(1, time), attention_mask=ones(1, time)))
    model = hf.T5ForConditionalGeneration(config)

    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, ids, states):
            y = self.model.decoder(input_ids=ids, encoder_hidden_states=states, use_cache=False)
            return self.model.lm_head(y[0])

    return Decoder(), dict(decoder_input_ids=ids(1, time), encoder_hidden_states=torch.randn(1, 64, 512))


def vit():
    config = hf.ViTConfig(hidden_size=384, num_hidden_layers=12, num_attention_heads=6, intermediate_size=1536)
    return (Only(hf.ViTForImageClassification(config), "pixel_values"),
            dict(pixel_values=torch.randn(1, 3, 224, 224)))


def clip():
    config = hf.CLIPTextConfig(vocab_size=VOCABULARY)
    return Only(hf.CLIPTextModel(config), "input_ids"), dict(input_ids=ids(1, 77))


def whisper(part, time=16):
    config = hf.WhisperConfig(vocab_size=VOCABULARY, d_model=384, encoder_layers=4, decoder_layers=4,
                              encoder_attention_heads=6, decoder_attention_heads=6, encoder_ffn_dim=1536,
                              decoder_ffn_dim=1536, pad_token_id=0, bos_token_id=1, eos_token_id=2,
                              decoder_start_token_id=1, begin_suppress_tokens=None)
    model = hf.WhisperModel(config)
    if part == "encoder":
        return (Only(model.encoder, "input_features"), dict(input_features=torch.randn(1, 80, 3000)))
    return (Only(model.decoder, "input_ids", "attention_mask", "encoder_hidden_states", use_cache=False),
            dict(input_ids=ids(1, time), attention_mask=ones(1, time),
                 encoder_hidden_states=torch.randn(1, 1500, 384)))


def wav2vec2(samples=16000):
    config = hf.Wav2Vec2Config(num_hidden_layers=4)
    return Only(hf.Wav2Vec2Model(config), "input_values"), dict(input_values=torch.randn(1, samples))


def conformer(time=16000):
    config = hf.Wav2Vec2ConformerConfig(num_hidden_layers=4, hidden_size=256, num_attention_heads=4,
                                        intermediate_size=1024, position_embeddings_type="relative")
    return Only(hf.Wav2Vec2ConformerModel(config), "input_values"), dict(input_values=torch.randn(1, time))


def swin():
    config = hf.SwinConfig(depths=[2, 2, 2, 2])
    return (Only(hf.SwinModel(config, add_pooling_layer=False), "pixel_values"),
            dict(pixel_values=torch.randn(1, 3, 224, 224)))


def mamba(time=16):
    config = hf.MambaConfig(vocab_size=VOCABULARY, hidden_size=256, num_hidden_layers=4, state_size=16)
    return Only(hf.MambaForCausalLM(config), "input_ids", use_cache=False), dict(input_ids=ids(1, time))


def deberta(time=64):
    config = hf.DebertaV2Config(vocab_size=VOCABULARY, hidden_size=384, num_hidden_layers=6, num_attention_heads=6,
                                intermediate_size=1536, relative_attention=True, pos_att_type=["p2c", "c2p"],
                                position_buckets=256, max_relative_positions=512)
    return (Only(hf.DebertaV2Model(config), "input_ids", "attention_mask"),
            dict(input_ids=ids(1, time), attention_mask=ones(1, time)))


def modernbert(time=128, **more):
    config = hf.ModernBertConfig(vocab_size=VOCABULARY, hidden_size=384, intermediate_size=768,
                                 num_hidden_layers=8, num_attention_heads=6, pad_token_id=0, bos_token_id=1,
                                 eos_token_id=2, cls_token_id=1, sep_token_id=2, **more)
    return (Only(hf.ModernBertModel(config), "input_ids", "attention_mask"),
            dict(input_ids=ids(1, time), attention_mask=ones(1, time)))


class Tagger(nn.Module):
    """Embedded symbols through recurrent layers, a class for each."""

    def __init__(self, kind, layers, both, packed=False):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, 128)
        self.recurrent = kind(128, 256, layers, bidirectional=both, batch_first=True)
        self.last = nn.Linear(512 if both else 256, 20)
        self.packed = packed

    def forward(self, x, lengths=None):
        x = self.embedding(x)
        if self.packed:
            p = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
            y, _ = nn.utils.rnn.pad_packed_sequence(self.recurrent(p)[0], batch_first=True)
        else:
            y, _ = self.recurrent(x)
        return self.last(y).log_softmax(-1)


def tagger(kind, layers, both, time=64, batch=1, packed=False):
    inputs = dict(x=ids(batch, time))
    if packed:
        inputs["lengths"] = time - 7 * torch.arange(batch)
    return Tagger(kind, layers, both, packed), inputs


@torch.jit.script
def greedy(h, last, steps: int, table, w, u, b, out, bias):
    """A gated unit that reads its own most likely symbols: a loop."""
    symbols = last.unsqueeze(0)
    for i in range(steps):
        a, c = torch.nn.functional.embedding(last, table) @ w + b, h @ u
        n = h.shape[1]
        gates = torch.sigmoid(a[:, :2 * n] + c[:, :2 * n])
        z = gates[:, :n]
        h = z * h + (1 - z) * torch.tanh(a[:, 2 * n:] + gates[:, n:] * c[:, 2 * n:])
        last = (h @ out + bias).argmax(-1)
        symbols = torch.cat([symbols, last.unsqueeze(0)])
    return symbols[1:]


class Translator(nn.Module):
    """A sequence to another, symbol by symbol."""

    def __init__(self):
        super().__init__()
        self.embedding, self.encoder = nn.Embedding(VOCABULARY, 128), nn.GRU(128, 256)
        shapes = {"w": (128, 768), "u": (256, 768), "b": (768,), "out": (256, VOCABULARY), "bias": (VOCABULARY,)}
        for name, shape in shapes.items():
            setattr(self, name, nn.Parameter(torch.randn(shape) / 8))

    def forward(self, x):
        _, h = self.encoder(self.embedding(x))
        return greedy(h[0], x[0], 20, self.embedding.weight, self.w, self.u, self.b, self.out, self.bias)


def translator():
    return Translator(), dict(x=ids(24, 1))


def encoder(time=64, **more):
    """PyTorch's own layers."""
    layer = nn.TransformerEncoderLayer(256, 8, 1024, batch_first=True, activation="gelu", **more)
    return nn.TransformerEncoder(layer, 4, enable_nested_tensor=False), dict(x=torch.randn(1, time, 256))


def pair(source=48, target=16):
    return (nn.Transformer(256, 8, 3, 3, 1024, batch_first=True),
            dict(src=torch.randn(1, source, 256), tgt=torch.randn(1, target, 256)))


EAGER = dict(attn_implementation="eager")

# A function that makes the model and its inputs, by the model's name.
MODELS = {
    "minilm-128": lambda: bert(6, 384, 12, 128),
    "minilm-16": lambda: bert(6, 384, 12, 16),
    "minilm-eager-128": lambda: bert(6, 384, 12, 128, **EAGER),
    "minilm-512": lambda: bert(6, 384, 12, 512),
    "bert-base-128": lambda: bert(12, 768, 12, 128),
    "distilbert-64": lambda: distilbert(64),
    "gpt2-64": lambda: gpt2(64),
    "gpt2-eager-64": lambda: gpt2(64, **EAGER),
    "gpt2-past-1": lambda: gpt2(1, 128),
    "llama-64": lambda: llama(64),
    "llama-eager-64": lambda: llama(64, **EAGER),
    "llama-past-1": lambda: llama(1, 256),
    "t5-encoder-64": lambda: t5("encoder", 64),
    "t5-decoder-16": lambda: t5("decoder", 16),
    "vit-small": vit,
    "clip-text": clip,
    "whisper-encoder": lambda: whisper("encoder"),
    "whisper-decoder-16": lambda: whisper("decoder"),
    "wav2vec2": wav2vec2,
    "conformer": conformer,
    "swin": swin,
    "mamba-16": mamba,
    "deberta-64": deberta,
    "modernbert-128": modernbert,
    "lstm-1": lambda: tagger(nn.LSTM, 1, False),
    "lstm-2-both": lambda: tagger(nn.LSTM, 2, True),
    "lstm-packed": lambda: tagger(nn.LSTM, 2, True, batch=4, packed=True),
    "gru-3": lambda: tagger(nn.GRU, 3, False),
    "gru-2-both": lambda: tagger(nn.GRU, 2, True, batch=4),
    "seq2seq-loop": translator,
    "torch-encoder-64": encoder,
    "torch-transformer": pair,
}
