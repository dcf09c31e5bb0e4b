"""Keras' SGD and AdamW on TensorFlow's fused kernels, with a schedule that is asked once a step.

Keras composes the update of a variable from a dozen operations: for Focus-RCNet's 184 variables
8,000 of the 11,000 nodes of a step's graph. TensorFlow has one kernel for each optimizer, with the
same formula and the same variables; with AdamW's a training's first step comes in two thirds of the
time. On other backends Keras' own code runs.
"""

from __future__ import annotations

import keras
from keras import ops

from rcnet_tf.training.schedule import Schedule


class _OneRate:
    """Asks its schedule once a step, where Keras does it for every variable that decays."""

    def __init__(self, learning_rate: Schedule, **settings):
        super().__init__(learning_rate, **settings)
        self.schedule = learning_rate

    def apply(self, grads, trainable_variables=None):
        with self.schedule.held(self._iterations):  # as Keras itself asks
            super().apply(grads, trainable_variables)


@keras.saving.register_keras_serializable(package="rcnet_tf")
class SGD(_OneRate, keras.optimizers.SGD):
    """Stochastic gradient descent with momentum."""

    def update_step(self, gradient, variable, learning_rate):
        """Move one variable and its momentum."""
        if not _is_fused(gradient) or self.nesterov or not self.momentum:
            super().update_step(gradient, variable, learning_rate)
            return
        import tensorflow as tf

        tf.raw_ops.ResourceApplyKerasMomentum(
            var=variable.handle,
            accum=self.momentums[self._get_variable_index(variable)].value.handle,
            lr=ops.cast(learning_rate, variable.dtype),
            grad=ops.cast(gradient, variable.dtype),
            momentum=self.momentum,
        )


@keras.saving.register_keras_serializable(package="rcnet_tf")
class AdamW(_OneRate, keras.optimizers.AdamW):
    """Adam with decoupled weight decay."""

    _powers = None  # of both betas, during a step: the same for all variables

    def apply(self, grads, trainable_variables=None):
        """One step of all variables."""
        step = ops.cast(self._iterations + 1, "float32")
        self._powers = tuple(ops.power(beta, step) for beta in (self.beta_1, self.beta_2))
        try:
            super().apply(grads, trainable_variables)
        finally:
            self._powers = None  # tensors of a graph are of no use outside it

    def update_step(self, gradient, variable, learning_rate):
        """Move one variable and its moments."""
        if not _is_fused(gradient) or self.amsgrad:
            super().update_step(gradient, variable, learning_rate)
            return
        import tensorflow as tf

        index = self._get_variable_index(variable)
        first, second = (ops.cast(power, variable.dtype) for power in self._powers)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=first,
            beta2_power=second,
            lr=ops.cast(learning_rate, variable.dtype),
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=ops.cast(gradient, variable.dtype),
        )


def _is_fused(gradient) -> bool:
    """Not the sparse ones of embeddings, which these kernels do not take."""
    if keras.config.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return isinstance(gradient, tf.Tensor)
