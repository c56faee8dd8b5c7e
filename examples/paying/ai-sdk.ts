import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { streamText } from 'ai'
import { veniceFetch } from 'venice-onboard'

const { VENICE_API_URL: apiUrl = '', WALLET_PRIVATE_KEY: signer = '' } = process.env

const fetch = veniceFetch({ signer, apiUrl })
const venice = createOpenAICompatible({ name: 'venice', baseURL: apiUrl, fetch, includeUsage: true })
const { textStream } = streamText({ model: venice('zai-org-glm-5-1'), prompt: 'Hello' })
let text = ''
for await (const part of textStream) text += part
console.log(text)
