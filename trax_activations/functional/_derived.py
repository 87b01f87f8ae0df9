"""How the derivative of an activation is given: as a slope, as partials, or as a tangent."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar

import jax.numpy as jnp
from jax import Array

from trax_activations.functional._numerics import clip_to_finite
from trax_activations.functional._tangents import times

_Rule = TypeVar("_Rule", bound=Callable[..., Any])
Saved = Literal["x", "y"]
Tangent = Callable[..., Array]


class Derived:
    """What takes one rule for its derivative, as a decorator of the function below its body."""

    def __init__(self) -> None:
        # By what is saved: of all dots (None for one of a key), that, parameters, hyperparameters.
        self.rules: dict[Saved, Tangent] = {}
        self.narrow_saves_input = False

    def slope(self, rule: _Rule) -> _Rule:
        """Takes ``rule(saved, *parameters, **hyperparameters)`` for the derivative in ``x``.

        Where that is 1 or 0, a rule of booleans lets the gradient pass, or not. A tuple is a
        product: ``(~flat, slope)`` stops an infinite gradient too, which a slope of 0 makes NaN.
        """

        def tangent(dots: Sequence[Any], saved: Array, *others: Any, **named: Any) -> Array:
            y_dot: Array = dots[0]
            factors = rule(saved, *others, **named)
            for factor in factors if isinstance(factors, tuple) else (factors,):
                y_dot = times(factor, y_dot)
            return y_dot

        self.rules = {"x": tangent, "y": tangent}
        return rule

    def slope_of_input(self, rule: _Rule) -> _Rule:
        """Takes ``rule(x, **hyperparameters)`` for the derivative where the input is saved.

        That is so in 16 bit too if this is given: there an output near a limit has no digits left
        that tell how near, and the derivative from it is 0 too early, or never.
        """
        output_rules = self.rules
        self.slope(rule)
        self.rules = {**self.rules, "y": output_rules["y"]}
        self.narrow_saves_input = True
        return rule

    def partials(self, rule: _Rule) -> _Rule:
        """Takes ``rule(saved, *parameters, **hyperparameters)`` for all partial derivatives.

        One for each array argument, in order: for a parameter with several values a tuple, and
        ``None`` for a key. It is called with finite numbers. What overflows in it counts as the
        largest finite number.
        """

        def tangent(dots: Sequence[Any], saved: Array, *others: Any, **named: Any) -> Array:
            total = jnp.zeros((), saved.dtype)
            derivatives = rule(clip_to_finite(saved), *others, **named)
            for dot, derivative in zip(dots, derivatives, strict=True):
                if dot is not None:
                    several = derivative if isinstance(derivative, tuple) else (derivative,)
                    pairs = zip(several, dot if several is derivative else (dot,), strict=True)
                    total = total + sum(times(clip_to_finite(s), d) for s, d in pairs)
            return total

        self.rules = {"x": tangent, "y": tangent}
        return rule

    def tangent(self, rule: _Rule) -> _Rule:
        """Takes ``rule(x_dot, saved, **hyperparameters)``, for a derivative that is no product.

        That is one along an axis: its output depends on several inputs. With parameters, it is
        ``rule(dots, saved, *parameters, **hyperparameters)``, with a dot for each array argument.
        """

        def tangent(dots: Sequence[Any], saved: Array, *others: Any, **named: Any) -> Array:
            y_dot: Array = rule(dots if others else dots[0], saved, *others, **named)
            return y_dot

        self.rules = {"x": tangent, "y": tangent}
        return rule
