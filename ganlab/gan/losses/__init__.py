"""Adversarial losses: functions of raw scores, what can be read off those scores, charts of it, and the table."""

from ganlab.gan.losses.charts import SHARED_CHARTS, Chart, Series, with_values
from ganlab.gan.losses.table import LOSSES, Loss, loss_d, loss_g

__all__ = ["LOSSES", "SHARED_CHARTS", "Chart", "Loss", "Series", "loss_d", "loss_g", "with_values"]
