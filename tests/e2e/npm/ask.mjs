// One question to one API through the proxy that the environment names, by the vendor's own SDK.
// node ask.mjs openai|responses|anthropic whole|stream|tool, the prompt on standard input.
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { readFileSync } from "node:fs";
import { EnvHttpProxyAgent, fetch as undiciFetch } from "undici";

const dispatcher = new EnvHttpProxyAgent();
const fetch = (url, init) => undiciFetch(url, { ...init, dispatcher });
const [, , api, mode] = process.argv;
const prompt = readFileSync(0, "utf8");
const messages = [{ role: "user", content: prompt }];
const parameters = { type: "object", properties: { query: { type: "string" } }, required: ["query"] };

async function openai() {
  const client = new OpenAI({ apiKey: "sk-x", fetch });
  const asked = { model: "gpt-demo", messages };
  if (mode === "whole") return (await client.chat.completions.create(asked)).choices[0].message.content;
  const tools = [{ type: "function", function: { name: "find", parameters } }];
  const stream = client.chat.completions.stream(mode === "tool" ? { ...asked, tools } : asked);
  const { message } = (await stream.finalChatCompletion()).choices[0];
  return mode === "tool" ? JSON.parse(message.tool_calls[0].function.arguments).query : message.content;
}

async function responses() {
  const client = new OpenAI({ apiKey: "sk-x", fetch });
  const asked = { model: "gpt-demo", input: prompt };
  if (mode === "whole") return (await client.responses.create(asked)).output_text;
  const tools = [{ type: "function", name: "find", parameters, strict: false }];
  const stream = client.responses.stream(mode === "tool" ? { ...asked, tools } : asked);
  const answer = await stream.finalResponse();
  return mode === "tool" ? JSON.parse(answer.output[0].arguments).query : answer.output_text;
}

async function anthropic() {
  const client = new Anthropic({ apiKey: "sk-ant-x", fetch });
  const asked = { model: "claude-demo", max_tokens: 500, messages };
  const text = (message) => message.content.map((block) => block.text ?? block.input.query).join("");
  if (mode === "whole") return text(await client.messages.create(asked));
  const tools = [{ name: "find", input_schema: parameters }];
  const stream = client.messages.stream(mode === "tool" ? { ...asked, tools } : asked);
  return text(await stream.finalMessage());
}

try {
  process.stdout.write(await { openai, responses, anthropic }[api]());
} catch (error) {
  process.stdout.write(error.message);
  process.exitCode = 1;
}
await dispatcher.close();
