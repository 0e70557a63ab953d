"""A Prometheus as its users run it, for a test."""
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Prometheus:
    """With the rules of the repository, which `change` may change, and these scrape configurations."""
    def __init__(self, folder, source, targets, change=lambda rules: rules, scrape_interval="1s", lookback="5m"):
        os.makedirs(folder)
        self.base = f"http://127.0.0.1:{free_port()}"
        with open(os.path.join(source, "monitoring/prometheus/hrbridge.rules.yml"), encoding="utf-8") as file:
            rules = change(file.read())
        with open(os.path.join(folder, "hrbridge.rules.yml"), "w", encoding="utf-8") as file:
            file.write(rules)
        with open(os.path.join(source, "monitoring/prometheus/prometheus.example.yml"), encoding="utf-8") as file:
            example = file.read()
        head = re.sub(r"scrape_interval: \d+s", f"scrape_interval: {scrape_interval}", example.split("scrape_configs:")[0])
        config = re.sub(r"evaluation_interval: \d+s", "evaluation_interval: 1s", head) + "scrape_configs:\n" + targets
        path = os.path.join(folder, "prometheus.yml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(config)
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={path}", f"--storage.tsdb.path={folder}/data",
             f"--web.listen-address={self.base[7:]}", f"--query.lookback-delta={lookback}", "--log.level=warn"])

    def get(self, path, **values):
        try:
            with urllib.request.urlopen(f"{self.base}/api/v1/{path}?{urllib.parse.urlencode(values)}") as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code == 503:  # it is starting, and says so in plain text
                raise
            return json.load(error)

    def query(self, expression):
        """Number of series, or the error."""
        answer = self.get("query", query=expression)
        return len(answer["data"]["result"]) if answer["status"] == "success" else answer["error"]

    def wait(self, expression, patience, present=True):
        """Until the expression returns data, or none any more."""
        end = time.monotonic() + patience
        while True:
            try:
                count = self.query(expression)
                if isinstance(count, int) and (count > 0) == present:
                    return
            except OSError:
                count = "no answer"
            if time.monotonic() > end:
                sys.exit(f"Prometheus {'never saw' if present else 'still sees'} {expression}: {count}")
            time.sleep(0.5)

    def end(self):
        self.process.terminate()
        self.process.wait()
