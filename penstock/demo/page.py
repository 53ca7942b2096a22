"""A chat page as small as one can be: it sends what is typed and shows the answer as it comes."""

PAGE = b"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Stand-in chat</title>
<link rel="icon" href="data:,">
<style>body { font: 1rem system-ui; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }
textarea { width: 100% } pre { white-space: pre-wrap }</style>
<h1>Stand-in chat</h1>
<form id="form">
<textarea id="prompt" rows="4" aria-label="Message"></textarea><button>Send</button></form>
<pre id="answer" aria-live="polite"></pre>
<p id="state" role="status"></p>
<script>
"use strict";
const answer = document.getElementById("answer"), state = document.getElementById("state");

function show(event) {
  if (!event.startsWith("data: ") || event === "data: [DONE]") return;
  const data = JSON.parse(event.slice(6));
  if (data.error) { answer.textContent += data.error.message; return; }
  answer.textContent += data.choices[0]?.delta?.content ?? "";
}

async function send(prompt) {
  answer.textContent = "";
  state.textContent = "sending";
  const response = await fetch("/v1/chat/completions", {
    method: "POST",
    headers: {"content-type": "application/json"},
    body: JSON.stringify({
      model: "gpt-demo", stream: true, messages: [{role: "user", content: prompt}],
    }),
  });
  if (!response.ok) {
    answer.textContent = (await response.json()).error.message;
    state.textContent = "refused";
    return;
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const {done, value} = await reader.read();
    if (done) break;
    const events = (rest + value).split("\\n\\n");
    rest = events.pop();
    events.forEach(show);
  }
  state.textContent = response.headers.get("penstock-answered-by") ? "answered inside" : "done";
}

document.getElementById("form").addEventListener("submit", (event) => {
  event.preventDefault();
  send(document.getElementById("prompt").value)
    .catch((problem) => { state.textContent = "failed: " + problem; });
});
</script>
</html>
"""
