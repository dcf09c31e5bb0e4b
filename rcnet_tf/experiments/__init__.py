"""The paper's tables and ours: what is trained, in which order, and what came out.

`trainings` says what there is, `plan` puts it in order, `runner` runs it, `measure` tests what came
out, `results` collects it and `tables` renders it. The command is `python -m rcnet_tf.campaign`.
"""
