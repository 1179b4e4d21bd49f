"""Adversarial losses: functions of raw scores, what can be read off those scores, and the table of both."""

from ganlab.gan.losses.readings import Chart, Series
from ganlab.gan.losses.table import LOSSES, Loss, loss_d, loss_g

__all__ = ["LOSSES", "Chart", "Loss", "Series", "loss_d", "loss_g"]
