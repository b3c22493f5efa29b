"""The recipe of the embedded speech model: data, training, export and evaluation."""
