"""Knowledge distillation as a Keras model of its own.

Source: Hinton, Vinyals, Dean, "Distilling the Knowledge in a Neural Network", 2015; Zheng et al.
2023, Eq. 2 and the loss below it:

    q = softmax(z / T);  L = a * L_soft + (1 - a) * L_hard

L_soft is the Kullback-Leibler divergence from the teacher's q to the student's, L_hard the
cross-entropy with the labels. The paper leaves T, a and the factor T^2 open; Hinton et al. multiply
L_soft by T^2, so that the gradients keep their size when T changes, and so does the default here.

`keras.distillation` does the same for two networks that take one input and is where to look for
distilling intermediate features. This one shows both networks the same augmented picture through
views of different size, needs no built-in input handling, and counts T^2 where the user can see it.
"""

from __future__ import annotations

import keras
from keras import ops

_PARTS = ("student", "teacher", "student_view", "teacher_view")


def soft_loss(teacher_logits, student_logits, temperature, t_squared=True):
    """Kullback-Leibler divergence of the softened distributions, one value a picture.

    Args:
        teacher_logits: (B, classes).
        student_logits: (B, classes).
        temperature: T of Eq. 2, above 0.
        t_squared: whether to multiply by T^2.

    Returns:
        Tensor (B,), 0 where both agree.

    Example:
        >>> logits = ops.array([[2.0, 1.0, 0.0]])
        >>> float(soft_loss(logits, logits, temperature=4.0)[0])
        0.0
    """
    teacher = ops.log_softmax(teacher_logits / temperature)  # (B, classes)
    student = ops.log_softmax(student_logits / temperature)  # (B, classes)
    divergence = ops.sum(ops.exp(teacher) * (teacher - student), axis=-1)  # (B,)
    return divergence * temperature**2 if t_squared else divergence


@keras.saving.register_keras_serializable(package="rcnet_tf")
class Distiller(keras.Model):
    """Trains a student on labels and on a frozen teacher's softened outputs.

    Compile it with an optimizer, the hard loss (from logits) and metrics, and `fit` it on
    `(pictures, one-hot labels)`, optionally with weights of the pictures, which count in both
    losses. `predict` and `evaluate` are the student's.

    Args:
        student: model, pictures -> logits (B, classes); trained in place.
        teacher: model, pictures -> logits (B, classes); frozen here, always in inference mode. None
            where the pictures come with cached logits: `fit` on `((pictures, teacher_logits),
            labels)`, for fixed views alone: an augmented picture needs the teacher's fresh opinion.
        student_view: optional layer before the student (`rcnet_tf.layers.View`): size and scale.
        teacher_view: the same for the teacher. Both see the same picture.
        temperature: T, above 0.
        alpha: a, share of the soft loss, 0 to 1.
        t_squared: whether L_soft carries the factor T^2.
        **kwargs: of `keras.Model`.

    Raises:
        ValueError: temperature or alpha is out of range, or the networks' classes differ.

    Example:
        >>> from rcnet_tf import FocusRCNet
        >>> from rcnet_tf.layers import View
        >>> from rcnet_tf.model import logits_model
        >>> teacher = logits_model(FocusRCNet())  # 224 pixels
        >>> student = FocusRCNet(weights=None, input_shape=(96, 96, 3), width=0.25)
        >>> task = Distiller(logits_model(student), teacher, View(96), View(224), alpha=0.7)
        >>> task.compile("adam", keras.losses.CategoricalCrossentropy(from_logits=True))
        >>> ops.shape(task(ops.zeros((1, 384, 512, 3))))  # the student's; next: task.fit(...)
        (1, 6)
    """

    def __init__(
        self,
        student,
        teacher=None,
        student_view=None,
        teacher_view=None,
        temperature=4.0,
        alpha=0.5,
        t_squared=True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if temperature <= 0:
            raise ValueError(f"temperature {temperature}: expected a number above 0")
        if not 0 <= alpha <= 1:
            raise ValueError(f"alpha {alpha}: expected a number from 0 to 1")
        if teacher is not None and teacher.output_shape[-1] != student.output_shape[-1]:
            raise ValueError(
                f"the teacher tells {teacher.output_shape[-1]} classes, "
                f"the student {student.output_shape[-1]}"
            )
        self.student, self.teacher = student, teacher
        self.student_view = student_view or keras.layers.Identity()
        self.teacher_view = teacher_view or keras.layers.Identity()
        self.temperature, self.alpha, self.t_squared = temperature, alpha, t_squared
        if teacher is not None:
            teacher.trainable = False
        # Both networks are built. Without this Keras skips the optimizer's state when it loads.
        self.built = True

    def call(self, inputs, training=None):
        pictures = inputs[0] if isinstance(inputs, (tuple, list)) else inputs
        return self.student(self.student_view(pictures), training=training)

    def teacher_logits(self, inputs):
        """The teacher's logits for a batch, (B, classes), without a gradient."""
        if self.teacher is None:
            if not isinstance(inputs, (tuple, list)):
                raise ValueError("without a teacher, fit on ((pictures, teacher_logits), labels)")
            logits = inputs[1]
        else:
            pictures = inputs[0] if isinstance(inputs, (tuple, list)) else inputs
            logits = self.teacher(self.teacher_view(pictures), training=False)
        return ops.stop_gradient(ops.cast(logits, "float32"))

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        hard = super().compute_loss(
            x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=training
        )
        if not training:
            return hard
        soft = soft_loss(
            self.teacher_logits(x), ops.cast(y_pred, "float32"), self.temperature, self.t_squared
        )
        if sample_weight is not None:
            soft = soft * ops.cast(sample_weight, "float32")  # (B,), as the hard loss is weighted
        return self.alpha * ops.mean(soft) + (1.0 - self.alpha) * hard

    def get_config(self):
        parts = {name: getattr(self, name) for name in _PARTS}
        return {
            **super().get_config(),
            **{name: keras.saving.serialize_keras_object(part) for name, part in parts.items()},
            "temperature": self.temperature,
            "alpha": self.alpha,
            "t_squared": self.t_squared,
        }

    @classmethod
    def from_config(cls, config):
        parts = {name: keras.saving.deserialize_keras_object(config[name]) for name in _PARTS}
        return cls(**{**config, **parts})
