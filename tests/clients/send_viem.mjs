// Sends 1 ether with viem and prints the receipt: node send_viem.mjs URL PRIVATE_KEY TO
import { createPublicClient, createWalletClient, defineChain, http, parseEther } from "viem";
import { privateKeyToAccount } from "viem/accounts";

const [url, privateKey, to] = process.argv.slice(2);
const transport = http(url);
const id = await createPublicClient({ transport }).getChainId();
const nativeCurrency = { name: "Ether", symbol: "ETH", decimals: 18 };
const rpcUrls = { default: { http: [url] } };
const chain = defineChain({ id, name: "corollup", nativeCurrency, rpcUrls });
const reader = createPublicClient({ chain, transport });
const account = privateKeyToAccount(privateKey);
const wallet = createWalletClient({ account, chain, transport });
const hash = await wallet.sendTransaction({ to, value: parseEther("1") });
const receipt = await reader.waitForTransactionReceipt({ hash, pollingInterval: 50 });
const block = await reader.getBlock({ blockNumber: receipt.blockNumber });
console.log(
  JSON.stringify({
    hash,
    status: receipt.status === "success" ? 1 : 0,
    gasUsed: Number(receipt.gasUsed),
    blockNumber: Number(receipt.blockNumber),
    isInBlock: block.transactions.includes(hash),
    balance: (await reader.getBalance({ address: to })).toString(),
  }),
);
