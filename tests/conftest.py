"""Holds for all tests."""

import os
import re

from hypothesis import HealthCheck, settings

# A busy machine must not fail a test that is only slow, and a run must not find what the one
# before it did not: HYPOTHESIS_PROFILE=exploring looks at other examples each time.
settings.register_profile(
    "steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("exploring", settings.get_profile("steady"), derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

# what a machine has set for its own clients of proxies and services is not what tests are about
FOREIGN = re.compile(
    r".*_proxy|.*_base_url|ssl_cert_(file|dir)|(requests|curl|aws)_ca_bundle|"
    r"node_(extra_ca_certs|options)|(openai|anthropic|gemini|google|aws|codex|claude)_.*",
    re.IGNORECASE,
)
for name in filter(FOREIGN.fullmatch, list(os.environ)):
    del os.environ[name]
