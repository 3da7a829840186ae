"""The job in PyTorch, eager: prints one JSON line with its windows per second."""

from job import LEARNING_RATE, SEED, WINDOWS, arguments, measure, pin, windows

JOB, SECONDS, _ = arguments(__doc__)
pin(JOB.threads)

import torch  # noqa: E402  after the pinning, which its thread pool must see
from torch import Tensor, nn  # noqa: E402

torch.set_num_threads(JOB.threads)
torch.manual_seed(SEED)


class Network(nn.Module):
    """LSTM, then a dense head on the last state."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(1, hidden, batch_first=True)
        self.head = nn.Linear(hidden, 1)

    def forward(self, x: Tensor) -> Tensor:
        h, _ = self.lstm(x)  # (batch, window, hidden)
        return self.head(h[:, -1]).squeeze(1)


def main() -> None:
    inputs, targets = windows(JOB.window)
    x = torch.tensor(inputs).unsqueeze(2)  # (WINDOWS, window, 1), float32
    y = torch.tensor(targets)  # (WINDOWS,)
    network = Network(JOB.hidden)
    # The fused update is PyTorch's fastest on a CPU.
    optimiser = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE, fused=True)

    def epoch() -> float:
        total = torch.zeros(())
        order = torch.randperm(WINDOWS)
        for rows in order.split(JOB.batch_size):
            optimiser.zero_grad()
            loss = nn.functional.mse_loss(network(x[rows]), y[rows])
            loss.backward()
            optimiser.step()
            total += loss.detach() * len(rows)
        return float(total) / WINDOWS

    measure("PyTorch", torch.__version__.split("+")[0], JOB, SECONDS, epoch)


if __name__ == "__main__":
    main()
