import 'viem/chains'
