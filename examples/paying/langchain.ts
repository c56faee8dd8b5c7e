import { ChatOpenAI } from '@langchain/openai'
import { veniceFetch } from 'venice-onboard'

const { VENICE_API_URL: apiUrl = '', WALLET_PRIVATE_KEY: signer = '' } = process.env

const model = new ChatOpenAI({
  model: 'zai-org-glm-5-1',
  apiKey: 'unused',
  configuration: { baseURL: apiUrl, fetch: veniceFetch({ signer, apiUrl }) },
})
let text = ''
for await (const chunk of await model.stream('Hello')) text += chunk.text
console.log(text)
