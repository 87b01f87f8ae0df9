"""What papers claim of activations, in the terms of the study; used by zoo_page.py."""

from typing import NamedTuple

TEXT = ("python_source", "copying")
IMAGES = ("digits_mlp", "digits_conv")


class Claim(NamedTuple):
    """That one activation is better than another, by a paper, in tasks like its own."""

    better: str
    worse: str
    paper: str
    tasks: tuple[str, ...]


CLAIMS = (
    Claim("ParametricRelu", "Relu", "He et al., arXiv:1502.01852", IMAGES),
    Claim("Elu", "Relu", "Clevert et al., arXiv:1511.07289", IMAGES),
    Claim("RandomizedRelu", "Relu", "Xu et al., arXiv:1505.00853", IMAGES),
    Claim("RandomizedRelu", "LeakyRelu", "Xu et al., arXiv:1505.00853", IMAGES),
    Claim("Gelu", "Relu", "Hendrycks and Gimpel, arXiv:1606.08415", (*IMAGES, *TEXT)),
    Claim("Gelu", "Elu", "Hendrycks and Gimpel, arXiv:1606.08415", (*IMAGES, *TEXT)),
    Claim("Silu", "Relu", "Ramachandran et al., arXiv:1710.05941", (*IMAGES, *TEXT)),
    Claim("Mish", "Relu", "Misra, arXiv:1908.08681", IMAGES),
    Claim("Mish", "Silu", "Misra, arXiv:1908.08681", IMAGES),
    Claim("ThresholdedLinearUnit", "Relu", "Singh and Krishnan, arXiv:1911.09737", IMAGES),
    Claim("SquaredRelu", "Relu", "So et al., arXiv:2109.08668", TEXT),
    Claim("SquaredRelu", "Gelu", "So et al., arXiv:2109.08668", TEXT),
    Claim("Rational", "Relu", "Molina et al., arXiv:1907.06732", IMAGES),
    Claim("Selu", "Relu", "Klambauer et al., arXiv:1706.02515", ("breast_cancer", "diabetes")),
    Claim("Sine", "Relu", "Sitzmann et al., arXiv:2006.09661", ("image",)),
    Claim("Gaussian", "Relu", "Ramasinghe and Lucey, arXiv:2111.15135", ("image",)),
)
