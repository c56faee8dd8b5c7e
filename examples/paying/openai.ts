import OpenAI from 'openai'
import { veniceFetch } from 'venice-onboard'

const { VENICE_API_URL: apiUrl = '', WALLET_PRIVATE_KEY: signer = '' } = process.env

const client = new OpenAI({ apiKey: 'unused', baseURL: apiUrl, fetch: veniceFetch({ signer, apiUrl }) })
const stream = await client.chat.completions.create({
  model: 'zai-org-glm-5-1',
  messages: [{ role: 'user', content: 'Hello' }],
  stream: true,
})
let text = ''
for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
console.log(text)
