// Sends 1 ether with ethers and prints the receipt: node send_ethers.mjs URL PRIVATE_KEY TO
import { JsonRpcProvider, Wallet, parseEther } from "ethers";

const [url, privateKey, to] = process.argv.slice(2);
const provider = new JsonRpcProvider(url);
const wallet = new Wallet(privateKey, provider);
const sent = await wallet.sendTransaction({ to, value: parseEther("1") });
const receipt = await sent.wait();
const block = await provider.getBlock(receipt.blockNumber, true);
console.log(
  JSON.stringify({
    hash: receipt.hash,
    status: receipt.status,
    gasUsed: Number(receipt.gasUsed),
    blockNumber: receipt.blockNumber,
    isInBlock: block.transactions.includes(receipt.hash),
    balance: (await provider.getBalance(to)).toString(),
  }),
);
provider.destroy();
