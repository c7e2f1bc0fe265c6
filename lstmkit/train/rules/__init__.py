"""Training rules that look at one step at a time: no history is kept, memory is constant."""

from lstmkit.train.rules.kalman import DecoupledKalmanFilter
from lstmkit.train.rules.online import OnlineGradient
from lstmkit.train.rules.real_time import RealTimeRecurrentLearning

__all__ = ["DecoupledKalmanFilter", "OnlineGradient", "RealTimeRecurrentLearning"]
