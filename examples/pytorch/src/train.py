"""A small feed-forward network for the mass of a penguin, trained by stochastic gradient descent on the squared error."""

import csv
import json
import os

import torch
from process_data import FEATURES, TARGET, load

SEED = int(os.environ["MODELBUILD_SEED"])
EPOCHS = int(os.environ.get("EPOCHS", "200"))

torch.manual_seed(SEED)
torch.use_deterministic_algorithms(True)
torch.set_num_threads(int(os.environ["MODELBUILD_THREADS"]))

(x, y), (test_x, test_y), (mean, std), rows = load(os.environ["MODELBUILD_DATA_TRAIN"], SEED)

model = torch.nn.Sequential(torch.nn.Linear(len(FEATURES), 16), torch.nn.ReLU(), torch.nn.Linear(16, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
loss_of = torch.nn.MSELoss()
for epoch in range(1, EPOCHS + 1):
    for batch in torch.randperm(len(x)).split(32):
        optimizer.zero_grad()
        loss = loss_of(model(x[batch]), y[batch])
        loss.backward()
        optimizer.step()
    if epoch % 50 == 0:
        print(f"epoch {epoch}/{EPOCHS}: loss {loss_of(model(x), y).item():.4f}")

with torch.no_grad():
    predicted = (model(test_x) * std + mean).flatten().tolist()
actual = (test_y * std + mean).flatten().tolist()

# What runs in a build ends in the folder of its outputs, so that these are its files.
torch.save(model.state_dict(), "model.pth")
with open("predictions.csv", "w", newline="") as f:
    out = csv.writer(f)
    out.writerow(["row", "actual", "score:prediction"])
    out.writerows(zip((r + 1 for r in rows), actual, predicted))
with open("training_metadata.json", "w") as f:
    json.dump(
        {
            "framework": "pytorch",
            "torch_version": torch.__version__,
            "features": FEATURES,
            "target": TARGET,
            "epochs": EPOCHS,
            "seed": SEED,
            "data_sha256": os.environ["MODELBUILD_DATA_TRAIN_SHA256"],
            "git_commit": os.environ["GIT_COMMIT"],
        },
        f,
        indent=2,
    )
