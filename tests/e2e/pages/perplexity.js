"use strict";
// Speaks as Perplexity's page does: blocks, whole or as changes to them.

const site = {
  last: undefined,

  async *ask(prompt) {
    const response = await fetch("/rest/sse/perplexity_ask", {
      method: "POST",
      headers: {"content-type": "application/json"},
      body: JSON.stringify({
        query_str: prompt,
        params: {
          dsl_query: prompt, attachments: [], mode: "concise", search_focus: "internet",
          sources: ["web"], frontend_uuid: crypto.randomUUID(), last_backend_uuid: this.last,
          language: "en-US", timezone: "Europe/Berlin", use_schematized_api: true, version: "2.18",
        },
      }),
    });
    let chunks = [], done = false;
    for await (const event of events(response)) {
      if (event.backend_uuid) this.last = event.backend_uuid;
      for (const block of event.blocks ?? []) {
        if (block.intended_usage !== "ask_text") continue;
        if (block.markdown_block) chunks = [block.markdown_block.answer ?? block.markdown_block.chunks.join("")];
        for (const patch of block.diff_block?.patches ?? []) {
          if (patch.path === "") chunks = [...patch.value.chunks];
          else if (patch.path.startsWith("/chunks/")) chunks.push(patch.value);
        }
      }
      done ||= event.status === "COMPLETED";
      yield chunks.join("");
    }
    if (!done) throw new Error("it did not complete");
  },
};
